"""No path of a request reaches a file that isn't meant to be given, however it is written and whatever lies there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import Forged, opened_forge
from making import make_package
from serving import closed_address

from ownconda.settings.forges import CacheSettings, ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

SECRET = "what nobody may read"
CHECKSUM = "a" * 64
CHANNELS = {"testing": ChannelSettings(tar_bz2=True), "stable": ChannelSettings(promoted_from="testing")}
PAGES = {"/sources/", *(f"/conda/{name}/" for name in ("testing", "testing.at.2", "main"))}
ROOTS = (
    "/conda/testing/",
    "/conda/testing/noarch/",
    "/conda/testing.at.2/",
    "/conda/testing.tar-bz2/",
    "/conda/main/noarch/",
    "/t/own-x/conda/testing/",
    f"/sources/{CHECKSUM}/",
    f"/sources/git-{'a' * 40}/",
)
UP = (
    "../" * 6,
    "..%2f" * 6,
    "%2e%2e/" * 6,
    "%2e%2e%2f" * 6,
    "%252e%252e%252f" * 6,
    "..%5c" * 6,
    "/",
    "%2f",
    "noarch/../" + "../" * 6,
)
NAMES = ("secret.conda", "secret.json", "repodata.json", "etc/passwd")
ODD = (
    "%00",
    "secret.conda%00.json",
    "%0d%0aX-Header:%20x",
    "x" * 300 + ".conda",
    "x/" * 3000 + "secret.conda",
    ".kept/secret.conda",
    ".conda",
    "..",
    ".",
    "%ef%bc%8e%ef%bc%8e%ef%bc%8fsecret.conda",  # full-width dots and slash: NFKC makes ../ of them
    "%e2%80%a4%e2%80%a4%2fsecret.conda",  # one-dot leaders
    "%ff%fe.conda",
    "%ed%a0%80.conda",  # half a character
    "~root/.profile",
    "file:%2f%2f%2fetc%2fpasswd",
    "C:%5csecret.conda",
    "secret.conda::$DATA",
)


@pytest.fixture(scope="module")
def planted(blank: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forged]:
    """A forge around which secrets lie, in and beside its folder."""
    place = tmp_path_factory.mktemp("planted")
    folder = shutil.copytree(blank[0], place / "forge")
    caches = {"main": CacheSettings(url=f"{closed_address()}/main")}
    settings = Settings(forge=ForgeSettings(channels=CHANNELS, caches=caches))
    with opened_forge(folder, blank[1], settings) as forge:
        forge.upload("testing", make_package(place, "zlib"))
        for name in NAMES[:3]:
            for where in (place, folder, folder / "public", folder / "public" / "conda"):
                (where / name).write_text(SECRET)
        yield forge


@pytest.mark.parametrize("root", ROOTS)
def test_no_way_out_of_a_folder_leads_anywhere(planted: Forged, root: str) -> None:
    for way in UP:
        for name in NAMES:
            assert_nothing_given(planted, f"{root}{way}{name}")
    for name in ODD:
        assert_nothing_given(planted, f"{root}{name}")


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nothing_is_written_anywhere_else(planted: Forged, tmp_path: Path, root: str, method: str) -> None:
    before = files_in(planted.services.folder.root)
    for name in (*(f"{way}{NAMES[0]}" for way in UP), *ODD):
        answer = planted.client.request(method, f"{root}{name}", content=b"mine", headers=planted.bearer)
        assert 400 <= answer.status_code < 500, (name, answer.status_code)
    assert files_in(planted.services.folder.root) == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "route",
    ["/upload/testing", "/api/v1/upload/testing", "/api/channels/testing/files/", "/api/channels/testing/upload/"],
)
def test_a_files_name_is_no_way_anywhere(planted: Forged, route: str) -> None:
    before = files_in(planted.services.folder.root)
    for name in (
        "../../secret.conda",
        "/etc/x-1-0.conda",
        "..",
        "x\\..\\y-1-0.conda",
        "x" * 300 + "-1-0.conda",
        "x-1.sh/..",
        "\uff0e\uff0e\uff0fx-1.sh",
    ):
        if route.endswith("upload/"):
            answer = planted.client.post(f"{route}{name.replace('/', '%2f')}", content=b"#!", headers=planted.bearer)
        else:
            answer = planted.client.post(route, files={"file": (name, b"#!/bin/sh\n")}, headers=planted.bearer)
        assert 400 <= answer.status_code < 500, (name, answer.status_code)
    assert files_in(planted.services.folder.root) == before


@pytest.mark.parametrize("root", ["conda/testing/noarch", "conda/main/noarch", f"sources/{CHECKSUM}"])
def test_links_that_somebody_planted_lead_nowhere(planted: Forged, root: str) -> None:
    public = planted.services.folder.public
    folder = public / root
    folder.mkdir(parents=True, exist_ok=True)
    links = {
        "file.conda": public.parent / NAMES[0],
        "folder": public.parent,
        "up": Path("../../../.."),
        "loop": Path("loop"),
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    try:
        for name in ("file.conda", "folder/secret.conda", "up/secret.conda", "loop", "loop/x", "folder"):
            assert_nothing_given(planted, f"/{root}/{name}")
    finally:
        for name in links:
            (folder / name).unlink()


def test_a_folder_or_something_special_is_no_file(planted: Forged) -> None:
    place = planted.services.folder.channel("testing") / "noarch" / "pipe.conda"
    os.mkfifo(place)
    try:
        assert_nothing_given(planted, "/conda/testing/noarch/pipe.conda")
        assert_nothing_given(planted, "/conda/testing/noarch")
    finally:
        place.unlink()


def assert_nothing_given(forge: Forged, path: str) -> None:
    """Ask, and be refused; 502 is the answer for what a cache would fetch. A client may take dots off by itself."""
    answer = forge.client.get(path)
    assert answer.status_code in {400, 401, 404, 410, 422, 502} or str(answer.url.path) in PAGES, (
        path,
        answer.status_code,
    )
    assert SECRET not in answer.text
    assert "root:" not in answer.text


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "incoming" not in path.parts and not path.name.startswith("ledger")}


@pytest.mark.parametrize("number", ["%D9%A2", "%EF%BC%92", "2%E2%82%82"])  # two in other scripts
def test_a_snapshots_number_in_other_digits_is_none(planted: Forged, number: str) -> None:
    for path in (
        f"/api/v1/channels/{number}",
        f"/api/v1/channels/stable/diff?from={number}",
        f"/conda/{number}/x.json",
    ):
        assert planted.client.get(path).status_code == 404
