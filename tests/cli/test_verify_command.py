import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from making import make_package
from workplace import Workplace

from ownconda.cli.main import run


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))
    made = Workplace(tmp_path)
    made.recipe("good")
    made.recipe("late", script=["mkdir -p $PREFIX/share", "date +%N > $PREFIX/share/now"])
    made.build()
    return made


def test_a_package_that_is_the_same_is_said_to_be(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(workplace.package("good"))]) == 0
    told = capsys.readouterr()
    assert told.out == f"same       {workplace.package('good').name}\n"
    assert "1 of 1 the same; other than before: folder, time (it is later), number of jobs" in told.err


def test_what_differs_is_told_and_is_exit_code_1(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", *(str(workplace.package(name)) for name in ("good", "late"))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["same", "different", "1", "share/now"]
    assert re.fullmatch(r" +-\d+", lines[5])


def test_json_has_the_differences(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(workplace.package("late")), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    [package] = told["packages"]
    assert (package["verdict"], package["differences"][0]["path"]) == ("different", "share/now")
    assert "folder" in told["varied"]


def test_a_match_spec_means_the_newest_package_of_a_channel(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", "good >=1", "-c", workplace.output.as_uri()]) == 0
    assert capsys.readouterr().out == f"same       {workplace.package('good').name}\n"
    assert run(["verify", "absent", "-c", workplace.output.as_uri()]) == 1
    assert "there is no package 'absent'" in capsys.readouterr().err


def test_a_file_that_is_not_there_or_not_ours_is_wrong_input(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["verify", str(workplace.package("good")), "absent-1.0-0.conda"]) == 2
    assert "absent-1.0-0.conda: there is no such file" in capsys.readouterr().err
    assert run(["verify", str(make_package(tmp_path / "linux-64"))]) == 2
    assert "carries no recipe and lock" in capsys.readouterr().err


@pytest.mark.usefixtures("workplace")
def test_a_build_can_be_verified_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "recipes", "--force", "--verify", "-o", "other"]) == 1
    told = capsys.readouterr().err
    assert "built good 1.0.0" in told
    assert "late 1.0.0 isn't reproducible: made again, 1 file differs" in told
    assert "1 built, 1 failed" in told


def test_a_build_with_locks_that_are_not_there_is_wrong_input(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", "recipes", "--locked", "-o", "other"]) == 2
    assert "good 1.0.0 has no lock" in capsys.readouterr().err
    assert workplace.package("good").is_file()


def test_a_verification_can_be_interrupted(workplace: Workplace, tmp_path: Path) -> None:
    hanging = tmp_path / "hanging"
    again = tmp_path / "again"
    workplace.recipe("slow", script=[f"if test -e {again}; then touch {hanging}; sleep 600; fi", "mkdir -p $PREFIX/x"])
    workplace.build()
    again.touch()
    command = [sys.executable, "-m", "ownconda", "verify", str(workplace.package("slow"))]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not hanging.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130
    assert "interrupted" in told
