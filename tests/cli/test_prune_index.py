import json
from pathlib import Path

import pytest
from making import make_package

from ownconda.cli.main import run
from ownconda.exit_codes import DONE, NO, USAGE
from ownconda.repodata.channel_folder import read_channel, write_channel


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    for version in ("1.0", "2.0", "3.0"):
        make_package(tmp_path / "linux-64", "zlib", version)
    make_package(tmp_path / "linux-64", "curl", depends=["zlib 1.*"])
    write_channel(tmp_path, read_channel(tmp_path))
    return tmp_path


def versions(channel: Path) -> tuple[set[str], set[str]]:
    """Give the versions of zlib whose files are there, and those that the index lists."""
    listed = json.loads((channel / "linux-64" / "repodata.json").read_text())["packages.conda"].values()
    files = {path.name.split("-")[1] for path in (channel / "linux-64").glob("zlib-*")}
    return files, {one["version"] for one in listed if one["name"] == "zlib"}


def test_old_packages_go_but_for_what_the_others_need(channel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["prune-index", str(channel), "--versions", "1"]
    assert run([*command, "--dry-run"]) == DONE
    assert versions(channel) == ({"1.0", "2.0", "3.0"},) * 2
    told = capsys.readouterr().out
    assert "- linux-64/zlib-2.0-h1_0.conda  (1 newer version is kept)" in told
    assert "linux-64/zlib-1.0-h1_0.conda  (stays: linux-64/curl-1.0-h1_0.conda needs it)" in told
    assert run([*command, "--yes"]) == DONE
    assert versions(channel) == ({"1.0", "3.0"},) * 2


def test_what_a_lock_file_names_stays(channel: Path, tmp_path: Path) -> None:
    lock = tmp_path / "explicit.txt"
    lock.write_text("@EXPLICIT\nhttps://conda.example.org/stable/linux-64/zlib-2.0-h1_0.conda#abc\n")
    assert run(["prune-index", str(channel), "--versions", "1", "--locked", str(lock), "--yes"]) == DONE
    assert versions(channel) == ({"1.0", "2.0", "3.0"},) * 2


def test_without_rules_or_packages_nothing_happens(channel: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["prune-index", str(channel)]) == USAGE
    assert run(["prune-index", str(tmp_path / "empty"), "--versions", "1"]) == NO
    assert versions(channel) == ({"1.0", "2.0", "3.0"},) * 2
