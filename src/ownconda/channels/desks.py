"""Desks: the places in which each of several processes puts what it isn't done with."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.wires.files import disk_error, exclusive_lock

LOCK = ".lock"


@contextmanager
def desk_in(desks: Path) -> Iterator[str]:
    """Have a desk while the block runs, and give its name; those of processes that died are cleared away.

    Raises OutsideError when the disk refuses.
    """
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    with exclusive_lock(desks / f"{name}{LOCK}"):
        try:
            (desks / name).mkdir()
            for one in sorted(desks.iterdir()):
                if one.name not in {name, f"{name}{LOCK}"}:
                    _clear_away(one)
        except OSError as error:
            raise disk_error(error, desks) from error
        try:
            yield name
        finally:
            shutil.rmtree(desks / name, ignore_errors=True)
            (desks / f"{name}{LOCK}").unlink(missing_ok=True)


def _clear_away(found: Path) -> None:
    """Remove a desk with its lock, unless somebody has it; and what lies beside the desks."""
    lock = found if found.name.endswith(LOCK) else found.with_name(f"{found.name}{LOCK}")
    with suppress(_TakenError), exclusive_lock(lock, busy=_TakenError("is somebody's")):
        desk = lock.with_name(lock.name.removesuffix(LOCK))
        shutil.rmtree(desk, ignore_errors=True)
        if desk.is_file():
            desk.unlink()
        lock.unlink(missing_ok=True)


class _TakenError(OutsideError):
    """Somebody works at the desk."""
