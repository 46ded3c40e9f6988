"""A build in a process of its own, what it leaves, and processes that tests look for."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workplace import Workplace

SECONDS = 20.0


def processes_with(text: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found


def gone(text: str) -> bool:
    deadline = time.monotonic() + SECONDS
    while processes_with(text):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def building(workplace: Workplace) -> Iterator[subprocess.Popen[str]]:
    """Start `ownconda build` on the workplace's recipes, as a user does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ownconda", "build", workplace.recipes, "--output", workplace.output],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def indexed(channel: Path) -> set[str]:
    repodata = [json.loads(path.read_text()) for path in channel.glob("*/repodata.json")]
    return {name for one in repodata for name in one["packages.conda"]}
