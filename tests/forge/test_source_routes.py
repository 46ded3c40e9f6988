import hashlib
import os
from pathlib import Path

import pytest
from forging import Forged, new_forge, opened_forge

from ownconda.errors import WrongInputError
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.tree import Settings

CONTENT = b"an upstream archive"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = f"/sources/{SHA256}/zlib-1.3.1.tar.gz"


def test_a_source_is_kept_and_given_back(forge: Forged) -> None:
    assert forge.client.get(URL).status_code == 404
    assert forge.client.put(URL, content=CONTENT, headers=forge.bearer).status_code == 201
    assert forge.client.get(URL).content == CONTENT
    assert forge.client.head(URL).headers["content-length"] == str(len(CONTENT))


def test_a_source_that_is_there_is_fine(forge: Forged) -> None:
    forge.client.put(URL, content=CONTENT, headers=forge.bearer)
    again = forge.client.put(URL, content=CONTENT, headers=forge.bearer)
    assert (again.status_code, again.json()["outcome"]) == (200, "there already")


def test_the_same_bytes_may_have_two_names(forge: Forged) -> None:
    for name in ("a.tar.gz", "b.tar.gz"):
        forge.client.put(f"/sources/{SHA256}/{name}", content=CONTENT, headers=forge.bearer)
        assert forge.client.get(f"/sources/{SHA256}/{name}").content == CONTENT


def test_bytes_that_are_not_those_of_the_address_are_refused(forge: Forged) -> None:
    answer = forge.client.put(URL, content=CONTENT + b"!", headers=forge.bearer)
    assert answer.status_code == 422
    assert forge.client.get(URL).status_code == 404
    assert not list(forge.services.folder.incoming.iterdir())


def test_a_source_may_be_known_by_a_weaker_checksum(forge: Forged) -> None:
    url = f"/sources/md5-{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}/zlib-1.3.1.tar.gz"
    assert forge.client.put(url, content=CONTENT + b"!", headers=forge.bearer).status_code == 422
    assert forge.client.put(url, content=CONTENT, headers=forge.bearer).status_code == 201
    assert forge.client.get(url).content == CONTENT


def test_a_source_needs_a_token(forge: Forged) -> None:
    assert forge.client.put(URL, content=CONTENT).status_code == 401


@pytest.mark.parametrize(
    "path",
    [f"/sources/{SHA256}/.hidden", "/sources/abc/x.tar.gz", f"/sources/md5-{SHA256}/x", f"/sources/{SHA256}/a%0Ab"],
)
def test_a_strange_address_is_refused(forge: Forged, path: str) -> None:
    assert forge.client.put(path, content=CONTENT, headers=forge.bearer).status_code == 400
    assert forge.client.get(path).status_code == 400


def test_a_source_larger_than_allowed_is_refused(forge: Forged) -> None:
    assert forge.client.put(URL, content=bytes(2 << 20), headers=forge.bearer).status_code == 413


def test_a_source_is_never_shown_as_a_page(forge: Forged) -> None:
    forge.client.put(f"/sources/{SHA256}/x.html", content=CONTENT, headers=forge.bearer)
    answer = forge.client.get(f"/sources/{SHA256}/x.html")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_whoever_asks_for_a_source_keeps_it_from_going(tmp_path: Path) -> None:
    settings = Settings(forge=ForgeSettings(sources_kept="90 days"))
    with opened_forge(*new_forge(tmp_path / "forge"), settings) as forge:
        forge.client.put(URL, content=CONTENT, headers=forge.bearer)
        place = forge.services.folder.public / URL.lstrip("/")
        for ask in (forge.client.get, forge.client.head):
            os.utime(place, (0, 0))
            ask(URL)
            assert place.stat().st_mtime > 0


def test_how_long_sources_are_kept_has_to_be_a_time(tmp_path: Path) -> None:
    settings = Settings(forge=ForgeSettings(sources_kept="soon"))
    with pytest.raises(WrongInputError, match=r"forge.sources_kept"), opened_forge(*new_forge(tmp_path), settings):
        pass


@pytest.mark.parametrize("content", [b"", b"PACK", b"PACK" + b"x" * 15, b"PACK" + b"x" * 20])
def test_what_is_too_short_for_a_pack_is_told_as_that(forge: Forged, content: bytes) -> None:
    commit = "a" * 40
    answer = forge.client.put(f"/sources/git-{commit}/{commit}.pack", content=content, headers=forge.bearer)
    assert (answer.status_code, "no git pack" in answer.text) == (422, True)
