"""The job server against the real make: how many jobs run at a time."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ownconda.building.cores import job_server, programs_without_number

MAKE = shutil.which("make")
JOBS = 8
MAKEFILE = "all: {jobs}\n{jobs}:\n\t@echo $@ begins >> log; sleep 0.05; echo $@ ends >> log\n"

pytestmark = pytest.mark.skipif(MAKE is None, reason="there is no make on PATH")


def at_a_time(log: Path) -> int:
    """Give how many jobs ran at the same time, at the most."""
    running = most = 0
    for line in log.read_text().splitlines():
        running += 1 if line.endswith("begins") else -1
        most = max(most, running)
    return most


def run_make(folder: Path, *words: str, cores: int) -> int:
    (folder / "Makefile").write_text(MAKEFILE.format(jobs=" ".join(f"job{number}" for number in range(JOBS))))
    programs_without_number(folder / "bin", path=os.environ["PATH"])
    with job_server(folder, cores) as server:
        server.enter()
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "MAKEFLAGS": server.makeflags, "PATH": path}
        done = subprocess.run(
            ["make", *words], cwd=folder, env=env, pass_fds=(server.shared,), check=True, text=True, capture_output=True
        )
        server.leave()
    assert done.stderr == ""
    return at_a_time(folder / "log")


@pytest.mark.parametrize("words", [[], ["-j4"], ["-j", "4"], ["--jobs=4"], ["-j", "all"], ["-j4", "job1", "all"]])
def test_make_starts_as_many_jobs_as_there_are_cores_whatever_number_it_is_given(
    tmp_path: Path, words: list[str]
) -> None:
    assert run_make(tmp_path, *words, cores=2) == 2


def test_a_build_gets_its_one_job_when_no_token_is_left_and_gives_none_back_that_it_never_had(tmp_path: Path) -> None:
    with job_server(tmp_path, 1) as server:
        for _ in range(3):
            server.enter()
            server.enter()
            server.leave()
            server.leave()
        assert os.read(server.shared, 10) == b"+"
