"""Which bytes a store took lately: who brought them may not have said yet what they are for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LATELY = 3600.0
"""Seconds in which whoever brings bytes has said what they are for, or never will."""


class Taken:
    """What was taken within the last hour; its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}  # the oldest first

    def note(self, sha256: str) -> None:
        """Note that somebody brings these bytes, before it is looked whether they are there."""
        with self._lock:
            self._since.pop(sha256, None)
            self._since[sha256] = time.monotonic()
            self._forget_oldest()

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:
        """Tell whether these bytes were taken lately; nobody else brings any while the block runs."""
        with self._lock:
            self._forget_oldest()
            yield sha256 in self._since

    def _forget_oldest(self) -> None:
        limit = time.monotonic() - LATELY
        while self._since and next(iter(self._since.values())) < limit:
            del self._since[next(iter(self._since))]
