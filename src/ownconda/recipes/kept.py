"""What is kept between two runs, in a folder of the user's cache: files of bytes by name, each with its checksum.

The folder is made here, or was empty, and is marked: no other one is ever written to or cleared. Nothing in it is ever
needed: a file may be deleted at any time, one that is damaged counts as not there, and one that can't be written isn't.
Files are replaced as a whole, so that processes don't disturb each other.
"""

import contextlib
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.wires.files import PART, write_atomically

MOST_FILES = 40
"""How many files are kept; those that weren't used for the longest time go."""

ABANDONED = 3_600
"""After how many seconds a file that is still being written won't be finished any more."""

TAG = "CACHEDIR.TAG"
"""The file that marks the folder as one of ours, and as nothing to back up (Cache Directory Tagging Specification)."""

_SIGNATURE = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# What ownconda can make again. It may be deleted at any time.\n"
)
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of what is kept; one that others may write to, or that holds something else, isn't used."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """Give what was kept under a name, None where that isn't there or isn't whole."""
        if not self._is_ours():
            return None
        try:
            content = (self.folder / name).read_bytes()
            os.utime(self.folder / name)
        except OSError:
            return None
        digest, data = content[: hashlib.sha256().digest_size], content[hashlib.sha256().digest_size :]
        return data if hashlib.sha256(data).digest() == digest else None

    def put(self, name: str, data: bytes) -> None:
        """Keep something under a name, where that is possible."""
        with contextlib.suppress(OSError, OutsideError):
            self._make_ours()
            if self._is_ours():
                content = hashlib.sha256(data).digest() + data
                write_atomically(self.folder / name, content, mode=0o600, durable=False)
                self._prune()

    def _make_ours(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(self.folder.iterdir()):
            write_atomically(self.folder / TAG, _SIGNATURE, durable=False)

    def _is_ours(self) -> bool:
        try:
            found = self.folder.stat()
        except OSError:
            return False
        return not found.st_mode & _OTHERS and found.st_uid == os.getuid() and (self.folder / TAG).is_file()

    def _prune(self) -> None:
        files = {path: path.stat().st_mtime for path in self.folder.iterdir() if path.name != TAG}
        unfinished = [path for path in files if path.suffix == PART]
        finished = sorted(files.keys() - unfinished, key=files.__getitem__, reverse=True)
        late = time.time() - ABANDONED
        for path in [*finished[MOST_FILES:], *(one for one in unfinished if files[one] < late)]:
            path.unlink(missing_ok=True)
