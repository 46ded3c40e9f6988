"""`ownconda licences` on a real prefix, a folder, a lock file and a channel of a real forge."""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests
from forging import new_forge, running_forge
from installing import make_installer
from making import make_package
from making_elf import make_elf

from ownconda.cli.main import run
from ownconda.environments.creating import create
from ownconda.exit_codes import DONE, NO, OUTSIDE, USAGE
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.wires.progress import NoProgress

MIT = {"LICENSE": "Permission is hereby granted <script>alert(1)</script>\n"}
GPL = {"sub/COPYING": "Everyone is permitted to copy\n", "../../escape": "no\n"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own-cache"))


@pytest.fixture
def packages(tmp_path: Path) -> Mapping[str, Path]:
    """Make an app that requires a library, and is linked with it."""
    folder = tmp_path / "channel" / "linux-64"
    library, program = {"lib/libgpl.so.1": make_elf()}, {"bin/app": make_elf(needed=["libgpl.so.1", "libc.so.6"])}
    return {
        "lib": make_package(
            folder, "gpl-lib", files=library, license="GPL-3.0-or-later", licences={"COPYING": "gpl\n"}
        ),
        "app": make_package(folder, "app", files=program, license="MIT", licences=MIT, depends=["gpl-lib"]),
    }


@pytest.fixture
def prefix(packages: Mapping[str, Path], tmp_path: Path) -> Path:
    channel = packages["app"].parents[1]
    write_channel(channel, read_channel(channel))
    return create(tmp_path / "env", [channel.as_uri()], ["app"], NoProgress()).prefix


def told(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = DONE) -> Mapping[str, Any]:
    assert run(["licences", *map(str, arguments), "--json"]) == code
    report: Mapping[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_a_prefix_is_told_with_texts_and_both_ways_to_copyleft(
    prefix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = told(capsys, prefix)
    assert [(one["name"], one["expression"], one["copyleft"]) for one in report["packages"]] == [
        ("app", "MIT", "none"),
        ("gpl-lib", "GPL-3.0-or-later", "strong"),
    ]
    assert report["packages"][0]["texts"] == MIT
    assert [(one["way"], one["by"]) for one in report["reaching"]] == [
        (["app", "gpl-lib"], "requires"),
        (["app", "gpl-lib"], "links"),
    ]


def test_what_the_policy_refuses_and_what_has_no_text_is_a_no(
    packages: Mapping[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = packages["app"].parent
    make_package(folder, "textless")
    report = told(capsys, folder, code=NO)
    assert report["packages"][-1]["missing"] == ["it has no file with its licence's text"]
    (folder / "textless-1.0-h1_0.conda").unlink()
    Path("ownconda.toml").write_text('[policy]\nlicences_denied = ["GPL-*"]\n')
    refused = {one["name"]: one["refused"] for one in told(capsys, folder, code=NO)["packages"]}
    assert refused == {"app": None, "gpl-lib": "its licence isn't taken: GPL-3.0-or-later"}


def test_a_forges_channel_is_read_by_ranges_once(
    packages: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge:
        monkeypatch.setenv("OWNCONDA_FORGE_URL", forge.url)
        monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)
        assert run(["upload", "-c", "testing", *map(str, packages.values())]) == DONE
        capsys.readouterr()
        by_name = told(capsys, "testing")
        assert [one["name"] for one in by_name["packages"]] == ["app", "gpl-lib"]
        assert "Linking isn't told" in str(by_name["limits"])
        kept = sorted((tmp_path / "own-cache").rglob("*.json"))
        assert len(kept) == 2
        by_address = told(capsys, f"{forge.url}/conda/testing")
        assert by_address["packages"] == by_name["packages"]
        assert told(capsys, lock_file(tmp_path, forge.url, packages["app"]))["packages"][0]["texts"] == MIT


def test_a_package_that_cannot_be_read_is_told_and_keeps_no_other_from_it(
    packages: Mapping[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    packages["lib"].write_bytes(b"damaged")
    assert run(["licences", str(packages["app"].parent)]) == NO
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split()[:3] == ["app", "1.0", "MIT"]
    assert "couldn't be read" in shown.err


def test_the_page_holds_every_text_and_runs_nothing(
    packages: Mapping[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["licences", str(packages["app"].parent), "--html"]) == DONE
    page = capsys.readouterr().out
    found = _Tags()
    found.feed(page)
    assert {"script", "img", "link"}.isdisjoint(found.tags)
    assert "<script>" not in page
    assert "alert(1)" in "".join(found.texts)
    assert set(found.targets) <= found.ids


def test_markdown_tells_the_ways(packages: Mapping[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["licences", str(packages["app"].parent), "--markdown"]) == DONE
    shown = capsys.readouterr().out
    assert "| app | 1.0 | MIT | - | fine |" in shown
    assert "  - app -\\> gpl-lib" in shown


def test_texts_are_written_inside_their_folder_whatever_they_are_called(tmp_path: Path) -> None:
    make_package(tmp_path / "odd", "odd", licences=GPL, license="GPL-2.0-only")
    assert run(["licences", "odd", "--texts", "out/texts"]) == DONE
    written = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert written == [
        "out/texts/THIRD-PARTY.txt",
        "out/texts/odd-1.0-h1_0/_.._escape",
        "out/texts/odd-1.0-h1_0/sub_COPYING",
    ]
    assert "Everyone is permitted" in (tmp_path / "out/texts/THIRD-PARTY.txt").read_text()
    assert not (tmp_path / "escape").exists()


def test_an_installer_is_told_as_the_packages_in_it(
    packages: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installer = make_installer(tmp_path / "own-1.0.sh", list(packages.values()))
    report = told(capsys, installer)
    assert report["packages"] == told(capsys, packages["app"].parent)["packages"]
    assert [(one["way"], one["by"]) for one in report["reaching"]] == [(["app", "gpl-lib"], "requires")]
    assert run(["licences", str(installer)]) == DONE
    assert "note: the installer's own programs (396 bytes) are no packages" in capsys.readouterr().err
    assert run(["licences", installer.as_uri()]) == DONE
    assert not (tmp_path / "ran.txt").exists()


def test_an_installer_that_a_forge_hands_out_is_read(
    packages: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installer = make_installer(tmp_path / "own-1.0.sh", list(packages.values()))
    folder, token = new_forge(tmp_path / "forge")
    with running_forge(folder) as forge:
        with installer.open("rb") as file:
            headers = {"Authorization": f"Bearer {token}"}
            sent = requests.post(f"{forge.url}/upload/stable", files={"file": file}, headers=headers, timeout=30)
        assert sent.ok, sent.text
        report = told(capsys, f"{forge.url}/conda/stable/own.sh")
        assert [one["name"] for one in report["packages"]] == ["app", "gpl-lib"]
        assert run(["licences", f"{forge.url}/conda/stable/other.sh"]) == OUTSIDE
        assert "other.sh: isn't there" in capsys.readouterr().err


def test_an_installer_that_can_not_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.sh").write_text("#!/bin/sh\n")
    (tmp_path / "app.exe").write_text("MZ")
    for name, reason in (("app.sh", "isn't an installer that constructor made"), ("app.exe", "only shell scripts")):
        assert run(["licences", name]) == USAGE
        shown = capsys.readouterr().err
        assert (reason in shown, "give the lock file" in shown) == (True, True)
    assert run(["licences", "./nowhere"]) == USAGE


def lock_file(folder: Path, forge: str, package: Path) -> Path:
    lock = folder / "explicit.txt"
    lock.write_text(f"@EXPLICIT\n{forge}/conda/testing/linux-64/{package.name}\n")
    return lock


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = dict(attrs)
        self.ids.add(named.get("id") or "")
        if tag == "a":
            self.targets.append((named.get("href") or "").removeprefix("#"))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
