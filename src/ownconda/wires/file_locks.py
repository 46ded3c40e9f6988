"""Locks between processes of one machine, by files; the system frees those of a process that dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ownconda.wires.files import disk_error


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Let no other process into the block for the same file, which is made where there is none; who has it is awaited.

    Systems without such locks (Windows) keep nobody out. Raises OutsideError when the disk refuses.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise disk_error(error, file) from error
    try:
        with suppress(ImportError):
            import fcntl  # noqa: PLC0415  (Unix alone has it)

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
