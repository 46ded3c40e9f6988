"""What happens to a build that is interrupted, killed, or finds no room: the same command, run again, succeeds."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watching import building, gone, indexed
from workplace import Workplace

SECONDS = 20.0


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


@pytest.fixture
def slow(workplace: Workplace, tmp_path: Path) -> Workplace:
    """Give a workplace in which one package builds at once and the next one first time hangs."""
    workplace.recipe("first")
    hang = f"if [ ! -e {tmp_path}/hung ]; then touch {tmp_path}/hung; sleep 31.4159; fi"
    workplace.recipe("second", host=["first"], script=[hang, "mkdir -p $PREFIX/share/second"])
    return workplace


def test_ctrl_c_ends_everything_cleanly_and_the_next_run_goes_on(slow: Workplace, tmp_path: Path) -> None:
    with building(slow) as process:
        wait_for(tmp_path / "hung")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert gone("sleep 31.4159")
    assert not list((slow.output / ".build" / "work").glob("*")) or not list(slow.output.rglob("rattler-build_*"))
    assert {name.split("-")[0] for name in indexed(slow.output)} == {"first"}
    assert slow.statuses() == {"first": "there already", "second": "built"}


def test_a_killed_build_leaves_a_whole_channel_and_the_next_run_goes_on(slow: Workplace, tmp_path: Path) -> None:
    with building(slow) as process:
        wait_for(tmp_path / "hung")
        process.kill()
        process.communicate(timeout=SECONDS)
    assert {name.split("-")[0] for name in indexed(slow.output)} == {"first"}
    assert gone("sleep 31.4159")
    assert slow.statuses() == {"first": "there already", "second": "built"}


def test_tests_that_had_to_wait_are_run_after_an_interruption(slow: Workplace, tmp_path: Path) -> None:
    slow.recipe("first", test_needs=["second"], test=["test -e $PREFIX/share/absent"])
    with building(slow) as process:
        wait_for(tmp_path / "hung")
        process.kill()
        process.communicate(timeout=SECONDS)
    assert {name.split("-")[0] for name in indexed(slow.output)} == {"first"}
    assert slow.statuses() == {"first": "failed", "second": "built"}
    assert {name.split("-")[0] for name in indexed(slow.output)} == {"second"}


def test_a_killed_compiler_is_a_failed_build(workplace: Workplace) -> None:
    workplace.recipe("unlucky", script=["kill -9 $$"])
    outcome = workplace.build()["unlucky"]
    assert outcome.status == "failed"
    assert "unlucky couldn't be built" in outcome.reason


def test_a_builder_that_dies_is_told_and_the_others_go_on(workplace: Workplace) -> None:
    workplace.recipe("a-killer", script=["kill -9 $PPID", "sleep 5"])
    workplace.recipe("other")
    outcomes = workplace.build()
    assert outcomes["a-killer"].status == "failed"
    assert outcomes["other"].status == "built"


@contextmanager
def small_file_system(folder: Path, *options: str) -> Iterator[None]:
    """Mount a file system in memory, where the machine lets us."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_as_such_and_nothing_half_made_is_indexed(workplace: Workplace) -> None:
    state = workplace.output.parent
    with small_file_system(state, "size=3m"):
        workplace.recipe("small")
        noise = "head -c 5000000 /dev/urandom > $PREFIX/share/noise"
        workplace.recipe("z-large", script=["mkdir -p $PREFIX/share", noise])
        with building(workplace) as process:
            _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode in (1, 3)
        assert "No space left on device" in errors
        assert {name.split("-")[0] for name in indexed(workplace.output)} == {"small"}
        subprocess.run(["mount", "-o", "remount,size=60m", state], check=True)
        assert workplace.statuses() == {"small": "there already", "z-large": "built"}


def test_a_folder_that_cannot_be_written_to_is_told(workplace: Workplace) -> None:
    workplace.recipe("a")
    with small_file_system(workplace.output.parent, "ro"):
        with building(workplace) as process:
            _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 3
        assert "can't be written: Read-only file system" in errors
        assert "hint: choose a folder that can be written to" in errors


@pytest.mark.compiles  # it takes long
def test_a_log_of_200_mb_is_written_and_its_end_is_shown(workplace: Workplace) -> None:
    line = "nothing in particular, " * 100
    workplace.recipe("chatty", script=[f"yes '{line}' | head -c 200000000", "echo; echo at last", "exit 1"])
    outcome = workplace.build()["chatty"]
    assert "at last" in outcome.reason
    [log] = (workplace.output / ".build" / "logs").glob("chatty*.log")
    assert log.stat().st_size > 190_000_000  # without the blanks at the ends of lines


def test_a_channel_that_changes_meanwhile_spoils_nothing(workplace: Workplace, tmp_path: Path) -> None:
    """A package leaves a channel given: what was to be built with it fails, and says so; the others go on."""
    base = Workplace(tmp_path / "base")
    base.recipe("needed")
    base.build()
    workplace.channels = (base.output.as_uri(),)
    package = base.package("needed")
    index = json.loads((package.parent / "repodata.json").read_text())
    (tmp_path / "later.json").write_text(json.dumps(index | {"packages.conda": {}}))
    leave = f"cp {tmp_path}/later.json {package.parent}/repodata.json; rm -rf {package} {package.parent}/repodata*.zst"
    workplace.recipe("a", host=["needed"], script=[leave, "mkdir -p $PREFIX/share"])
    workplace.recipe("b", host=["a", "needed"])
    workplace.recipe("c", host=["a"])
    outcomes = workplace.build()
    assert {name: one.status for name, one in outcomes.items()} == {"a": "built", "b": "failed", "c": "built"}
    assert "needed" in outcomes["b"].reason
    assert {name.split("-")[0] for name in indexed(workplace.output)} == {"a", "c"}
