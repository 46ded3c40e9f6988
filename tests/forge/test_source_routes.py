import hashlib

import pytest
from forging import Forged

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
