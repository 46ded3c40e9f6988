import hashlib
from pathlib import Path

import httpx2
import pytest
from forging import Forged
from making import make_package

FIRST, SECOND = "ownconda-3.13-2026.9.2.sh", "ownconda-3.13-2026.11.20.sh"
SCRIPT = b"#!/bin/sh\necho first\n"


def send(forge: Forged, *files: tuple[str, bytes], channel: str = "testing") -> httpx2.Response:
    return forge.client.post(f"/upload/{channel}", files=[("file", one) for one in files], headers=forge.bearer)


def get(forge: Forged, name: str) -> httpx2.Response:
    return forge.client.get(f"/conda/testing/{name}")


def test_an_installer_is_served_beside_the_channel_and_told_with_its_checksum(forge: Forged) -> None:
    answer = send(forge, (FIRST, SCRIPT))
    sha256 = hashlib.sha256(SCRIPT).hexdigest()
    (told,) = answer.json()["files"]
    assert (told["path"], told["outcome"], told["sha256"], told["newest"]) == (FIRST, "added", sha256, "ownconda.sh")
    for name in (FIRST, "ownconda.sh"):
        assert get(forge, name).content == SCRIPT
        assert get(forge, f"{name}.sha256").text == f"{sha256}  {name}\n"
    assert not list(forge.services.intake.folder.iterdir())


def test_the_plain_name_is_the_newest_version_whatever_came_last(forge: Forged) -> None:
    send(forge, (SECOND, b"#!second"), (FIRST, SCRIPT))
    assert get(forge, "ownconda.sh").content == b"#!second"
    assert get(forge, FIRST).content == SCRIPT
    send(forge, ("ownconda-3.14-2026.1.1.sh", b"#!third"))
    assert get(forge, "ownconda.sh").content == b"#!third"


def test_each_platform_has_a_newest_one(forge: Forged) -> None:
    send(forge, ("own-2-linux-64.sh", b"#!linux"), ("own-3-osx-arm64.sh", b"#!mac"), ("own-1-Linux-x86_64.sh", b"#!1"))
    assert [get(forge, name).content for name in ("own-linux-64.sh", "own-osx-arm64.sh", "own-Linux-x86_64.sh")] == [
        b"#!linux",
        b"#!mac",
        b"#!1",
    ]


def test_an_installer_never_runs_in_a_browser_and_only_its_plain_name_is_asked_for_again(forge: Forged) -> None:
    send(forge, (FIRST, SCRIPT))
    kept, asked = get(forge, FIRST).headers, get(forge, "ownconda.sh").headers
    assert kept["content-type"] == asked["content-type"] == "application/octet-stream"
    assert (kept["x-content-type-options"], "immutable" in kept["cache-control"]) == ("nosniff", True)
    assert asked["cache-control"] == "no-cache"


def test_a_version_means_one_content_for_ever(forge: Forged) -> None:
    send(forge, (FIRST, SCRIPT))
    assert send(forge, (FIRST, SCRIPT)).json()["files"][0]["outcome"] == "there already"
    assert send(forge, (FIRST, b"#!other")).status_code == 409
    assert send(forge, (SECOND, SCRIPT), (SECOND, b"#!other")).status_code == 409
    assert (get(forge, FIRST).content, get(forge, SECOND).status_code) == (SCRIPT, 404)


@pytest.mark.parametrize(
    "name",
    [
        "ownconda.sh",
        ".sh",
        "-1.sh",
        ".x-1.sh",
        "../x-1.sh",
        "a/b-1.sh",
        "x-1\n.sh",
        "é-1.sh",
        "x" * 210 + "-1.sh",
    ],
)
def test_a_name_without_version_or_with_strange_characters_is_refused(forge: Forged, name: str) -> None:
    answer = send(forge, (name, SCRIPT))
    assert answer.status_code == 422
    assert not list(forge.services.folder.channel("testing").glob("*.sh*"))


def test_what_is_no_script_keeps_everything_out(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    answer = send(forge, (package.name, package.read_bytes()), (FIRST, b"\x7fELF"), (SECOND, b""))
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == 2
    assert not forge.listed("testing")


def test_packages_and_installers_come_together(forge: Forged, tmp_path: Path) -> None:
    package = make_package(tmp_path, "zlib")
    answer = send(forge, (package.name, package.read_bytes()), (FIRST, SCRIPT))
    assert [file["outcome"] for file in answer.json()["files"]] == ["added", "added"]
    assert (forge.listed("testing"), get(forge, FIRST).status_code) == ({package.name}, 200)
