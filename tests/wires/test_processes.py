import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ownconda.errors import OutsideError
from ownconda.wires.processes import find, run, start, stop


def test_a_program_s_words_and_code_are_kept(tmp_path: Path) -> None:
    program = "import os, sys; print(os.environ['X'], os.getcwd()); print('bad', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", program], cwd=tmp_path, env={"X": "hello"})
    assert (done.code, done.out.split(), done.err.strip()) == (3, ["hello", str(tmp_path)], "bad")
    assert str(done).endswith("ended with 3")


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert "�" in run([sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff')"]).out


def test_a_missing_program_is_told_with_what_to_do() -> None:
    for act in (run, start):
        with pytest.raises(OutsideError, match="'no-such-program' isn't installed") as caught:
            act(["no-such-program"])
        assert "PATH" in str(caught.value.problems[0].hint)
    assert find("no-such-program") is None


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(OutsideError, match=r"hadn't ended after 0\.2 seconds"):
        run([sys.executable, "-c", "import time; time.sleep(20)"], timeout=0.2)


def test_a_program_is_stopped_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    process = start(["sh", "-c", f"sleep 60 & echo $! > {pid}; wait"])
    until(lambda: pid.exists() and pid.read_text().endswith("\n"))
    stop(process)
    assert process.returncode is not None
    until(lambda: ended(int(pid.read_text())))


def test_a_program_that_ignores_a_polite_end_is_killed() -> None:
    process = start(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"])
    time.sleep(0.3)
    stop(process, grace=0.2)
    assert process.returncode == -9


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
