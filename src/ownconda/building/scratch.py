"""The folder in which packages are built: its path is always equally long, and it is gone afterwards."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    parent = roomy(parent, room=11)
    make_folder(parent)
    folder = padded(parent, secrets.token_hex(4))
    with ExitStack() as stack:
        with exclusive_lock(parent / LOCK):  # or another run takes the folder, not locked yet, for an abandoned one
            _remove_abandoned(parent)
            make_folder(folder)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.enter_context(exclusive_lock(folder / LOCK))
        yield folder


def roomy(parent: Path, *, room: int) -> Path:
    """Give ``parent``, or where that leaves fewer than ``room`` bytes for a name, a folder below the temporary one."""
    parent = parent.resolve()
    if len(str(parent)) + 1 + room > PATH_LENGTH or not str(parent).isascii():
        return Path(tempfile.gettempdir()).resolve() / f"ownconda-{os.getuid()}"
    return parent


def padded(parent: Path, name: str) -> Path:
    """Give the path below ``parent`` that begins with a name and is as long as all."""
    return parent / name.ljust(PATH_LENGTH - len(str(parent)) - 1, "_")


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob("*_"):
        try:
            with exclusive_lock(folder / LOCK, busy=_BUSY):
                shutil.rmtree(folder, ignore_errors=True)
        except OutsideError:
            continue  # another run works there
