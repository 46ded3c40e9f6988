"""Processes that a program leaves running: kept within reach, and ended."""

import contextlib
import ctypes
import sys

import psutil

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def adopt_orphans() -> None:
    """Let processes below ours whose parent ends become our own children, where the system can do that (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children(*, apart_from: int) -> None:
    """End all children that this process has, and theirs, but one."""
    while children := [child for child in psutil.Process().children() if child.pid != apart_from]:
        for child in children:
            _kill(child)
        psutil.wait_procs(children, timeout=5)


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
