"""Locks on files, as the system has them: the kernel lets go of one when its process ends."""

import contextlib
import importlib
from types import ModuleType
from typing import IO, Any

_fcntl: ModuleType | None = None
with contextlib.suppress(ImportError):  # Windows has none
    _fcntl = importlib.import_module("fcntl")


def lock(file: IO[Any], *, wait: bool, shared: bool = False) -> None:
    """Lock an open file until it is closed; all who want to share the lock may have it at once.

    Raises BlockingIOError when another process has it and nobody wants to ``wait``.
    """
    if _fcntl is None:
        _lock_on_windows(file, wait=wait)
    else:
        _fcntl.flock(file, (_fcntl.LOCK_SH if shared else _fcntl.LOCK_EX) | (0 if wait else _fcntl.LOCK_NB))


def _lock_on_windows(file: IO[Any], *, wait: bool) -> None:
    windows = importlib.import_module("msvcrt")
    while True:
        try:
            windows.locking(file.fileno(), windows.LK_LOCK if wait else windows.LK_NBLCK, 1)
        except OSError as error:
            if not wait:
                raise BlockingIOError from error
            continue  # it gives up after ten seconds
        return
