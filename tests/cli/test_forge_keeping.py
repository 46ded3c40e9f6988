"""`ownconda forge gc` and `usage`, of a forge that runs and of one that is stopped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from forging import new_forge, running_forge
from making import make_package

from ownconda.cli.main import run
from ownconda.wires.files import sha256_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keeping") / "forge"


@pytest.fixture(scope="module")
def url_and_token(folder: Path) -> Iterator[tuple[str, str]]:
    _, token = new_forge(folder)
    with running_forge(folder) as forge:
        yield forge.url, token


@pytest.fixture(autouse=True)
def _settings(url_and_token: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", url_and_token[0])
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", url_and_token[1])


def test_the_running_forge_tells_its_usage_and_tidies_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upload", str(make_package(tmp_path, "zlib"))]) == 0
    capsys.readouterr()
    assert run(["forge", "usage"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("CHANNEL")
    assert "\nzlib " in told
    assert run(["forge", "gc", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is True
    assert run(["forge", "gc"]) == 0
    assert "0 B are freed" in capsys.readouterr().err


def test_a_folder_whose_forge_runs_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forge", "gc", str(folder)]) == 3
    told = capsys.readouterr().err
    assert "the forge in this folder is running" in told
    assert "leave the folder out" in told


def test_a_stopped_forge_is_tidied_up_in_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stopped, _ = new_forge(tmp_path / "stopped")
    (stopped / "ownconda.toml").write_text('[forge.channels]\nstable = {snapshots = "1 hour"}\n')
    assert run(["forge", "gc", str(stopped)]) == 0
    assert "0 B are freed" in capsys.readouterr().err
    assert run(["forge", "usage", str(stopped), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == 0
    (stopped / "ownconda.toml").write_text('[forge.channels]\nstable = {snapshots = "soon"}\n')
    assert run(["forge", "gc", str(stopped)]) == 2
    assert "forge.channels.stable.snapshots" in capsys.readouterr().err
    assert run(["forge", "gc", str(tmp_path / "nowhere")]) == 2


def test_a_stopped_forge_is_checked_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stopped, _ = new_forge(tmp_path / "stopped")
    assert run(["forge", "gc", str(stopped)]) == 0
    assert run(["forge", "fsck", str(stopped)]) == 0
    assert "all is well" in capsys.readouterr().err
    (stopped / "public/conda/testing/noarch/repodata.json").unlink()
    assert run(["forge", "fsck", str(stopped)]) == 1
    assert capsys.readouterr().out == "public/conda/testing/noarch/repodata.json: index: isn't there\n"
    assert run(["forge", "fsck", str(stopped), "--mend", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["fault"], told["mended"]) == ("index", True)
    assert run(["forge", "fsck", str(tmp_path / "nowhere")]) == 2


def test_a_running_forge_is_backed_up_and_put_back(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["upload", str(make_package(tmp_path, "kept"))]) == 0
    assert run(["forge", "backup", str(folder), "backup"]) == 0
    assert " new (" in capsys.readouterr().err
    journal = tmp_path / "journal"
    journal.write_text('{"at":1,"path":"linux-64/later-1.0-h1_0.conda","sha256":"ab"}\n')
    assert run(["forge", "restore", "backup", "back", "--journal", str(journal), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reserved"] == 1
    assert (tmp_path / "back/public/conda/testing/linux-64/kept-1.0-h1_0.conda").is_file()
    assert run(["forge", "fsck", "back"]) == 0
    lost = sha256_of(tmp_path / "kept-1.0-h1_0.conda")
    (tmp_path / "backup/files" / lost[:2] / lost).unlink()
    assert run(["forge", "restore", "backup", "again"]) == 1
    assert f"the backup has lost the file with the sha256 {lost}" in capsys.readouterr().err
