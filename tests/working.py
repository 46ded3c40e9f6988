"""What workers do in tests, and whether they are gone: a module of its own, as each worker imports it."""

import os
import signal
import time
from pathlib import Path

from ownconda.errors import WrongInputError


def square(number: int) -> int:
    return number * number


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number


def process(_: int) -> int:
    return os.getpid()


def refusing(number: int) -> int:
    if number == 3:
        raise WrongInputError("three is too many", hint="give two")
    return number


def killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def told_and_slow(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(0.5)


def wait_until_gone(pids: list[int]) -> bool:
    for _ in range(200):
        if not any(_is_running(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
