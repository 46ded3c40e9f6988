"""Small files that are asked for again and again, kept in memory as long as they are what is on disk."""

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LARGEST = 16 << 20
MOST_BYTES = 64 << 20

Facts = tuple[int, int, int]
"""A file's inode, its time of change in nanoseconds and its size: another file under its name differs in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotFile:
    """A file's content, with the headers that belong to exactly it."""

    path: Path
    facts: Facts
    content: bytes
    headers: Mapping[str, str]


class HotFiles:
    """The files last asked for, up to ``most_bytes`` together; its methods may be called from any thread.

    ``headers`` makes a file's headers of its path and facts.
    """

    def __init__(
        self, headers: Callable[[Path, os.stat_result], Mapping[str, str]], *, most_bytes: int = MOST_BYTES
    ) -> None:
        self._headers = headers
        self._most_bytes = most_bytes
        self._bytes = 0
        self._files: OrderedDict[tuple[Path, str], HotFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, root: Path, relative: str) -> HotFile | None:
        """Give a file that was put as this one, if it still is what is on disk."""
        file = self._files.get((root, relative))
        if file is None or not _is_current(file):
            return None
        with self._lock:
            if (root, relative) in self._files:
                self._files.move_to_end((root, relative))
        return file

    def put(self, root: Path, relative: str, path: Path) -> HotFile | None:
        """Read the file that ``relative`` below ``root`` means, and keep it, unless it is too large or is none."""
        file = self._read(path)
        if file is not None:
            with self._lock:
                self._forget((root, relative))
                self._files[root, relative] = file
                self._bytes += len(file.content)
                while self._bytes > self._most_bytes:
                    self._forget(next(iter(self._files)))
        return file

    def _read(self, path: Path) -> HotFile | None:
        try:
            with path.open("rb") as opened:
                told = os.fstat(opened.fileno())
                if not stat.S_ISREG(told.st_mode) or told.st_size > LARGEST:
                    return None
                content = opened.read(told.st_size)
        except (OSError, ValueError):
            return None
        if len(content) != told.st_size:
            return None
        return HotFile(path=path, facts=_facts(told), content=content, headers=self._headers(path, told))

    def _forget(self, key: tuple[Path, str]) -> None:
        file = self._files.pop(key, None)
        self._bytes -= len(file.content) if file is not None else 0


def _is_current(file: HotFile) -> bool:
    try:
        return _facts(os.stat(file.path)) == file.facts  # noqa: PTH116  (each request waits for this)
    except OSError:
        return False


def _facts(told: os.stat_result) -> Facts:
    return told.st_ino, told.st_mtime_ns, told.st_size
