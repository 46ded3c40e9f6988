"""Which bytes a store took lately: who brought them may not have said yet what they are for."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ownconda.wires.files import disk_error, exclusive_lock

LATELY = 3600.0
"""Seconds in which whoever brings bytes has said what they are for, or never will."""


class Arrivals(Protocol):
    """What was taken within the last hour; its methods may be called from any thread."""

    def note(self, sha256: str) -> None:
        """Note that somebody brings these bytes, before it is looked whether they are there."""

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:
        """Tell whether these bytes were taken lately; nobody else brings any while the block runs."""

    def forget_oldest(self) -> None:
        """Forget what was taken longer ago."""


class Taken:
    """What this process took, kept in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}  # the oldest first

    def note(self, sha256: str) -> None:  # noqa: D102  (Arrivals tells)
        with self._lock:
            self._since.pop(sha256, None)
            self._since[sha256] = time.monotonic()
            self._forget_oldest()

    def forget_oldest(self) -> None:  # noqa: D102
        with self._lock:
            self._forget_oldest()

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:  # noqa: D102
        with self._lock:
            self._forget_oldest()
            yield sha256 in self._since

    def _forget_oldest(self) -> None:
        limit = time.monotonic() - LATELY
        while self._since and next(iter(self._since.values())) < limit:
            del self._since[next(iter(self._since))]


class TakenByAll:
    """What any process took that works on the same folder: an empty file for each, by its time.

    The times are those of the folder's file system, which is one clock for all machines.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = folder / ".lock"

    def note(self, sha256: str) -> None:  # noqa: D102
        with exclusive_lock(self._lock, shared=True):
            try:
                _touch(self._folder / sha256)
            except OSError as error:
                raise disk_error(error, self._folder) from error

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:  # noqa: D102
        with exclusive_lock(self._lock):
            yield _touch(self._lock) - _time_of(self._folder / sha256) < LATELY

    def forget_oldest(self) -> None:  # noqa: D102
        with exclusive_lock(self._lock):
            limit = _touch(self._lock) - LATELY
            for note in sorted(self._folder.iterdir()):
                if note != self._lock and _time_of(note) < limit:
                    note.unlink(missing_ok=True)


def _touch(file: Path) -> float:
    """Let a file be there, and be changed now; give that time."""
    file.touch()
    os.utime(file)
    return file.stat().st_mtime


def _time_of(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
