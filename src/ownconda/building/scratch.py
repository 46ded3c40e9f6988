"""The folder in which packages are built: its path is always equally long, and it is gone afterwards."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.wires.files import exclusive_lock, make_folder

PATH_LENGTH = 80  # bytes; a path that is built into a file has the same length wherever it was built
LOCK = "lock"
_BUSY = OutsideError("in use")


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Make a new folder below ``parent``, or below the system's temporary folder when that is too deep or not ASCII.

    It is removed when the block ends; what a killed run left there is removed first.
    """
    parent = parent.resolve()
    if len(str(parent)) + 12 > PATH_LENGTH or not str(parent).isascii():
        parent = Path(tempfile.gettempdir()).resolve() / f"ownconda-{os.getuid()}"
    make_folder(parent)
    _remove_abandoned(parent)
    name = secrets.token_hex(4)
    folder = parent / name.ljust(PATH_LENGTH - len(str(parent)) - 1, "_")
    make_folder(folder)
    try:
        with exclusive_lock(folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob("*_"):
        try:
            with exclusive_lock(folder / LOCK, busy=_BUSY):
                shutil.rmtree(folder, ignore_errors=True)
        except OutsideError:
            continue  # another run works there
