"""Keeping files from being removed while they are copied, and those who remove them apart."""

from collections.abc import Iterator
from contextlib import contextmanager

from ownconda.channels.folder import ForgeFolder
from ownconda.errors import OutsideError
from ownconda.wires.database_server import Locks
from ownconda.wires.files import exclusive_lock

NAME = "keeping"


@contextmanager
def keeping(folder: ForgeFolder, locks: Locks | None, *, busy: OutsideError | None = None) -> Iterator[None]:
    """Let nobody else copy or remove the forge's files while the block runs, on whichever machine.

    Whoever does is waited for, or ``busy`` is raised at once where it is given.
    """
    with exclusive_lock(folder.keeping, busy=busy):
        if locks is None:
            yield
        elif busy is None:
            with locks.held([NAME]):
                yield
        else:
            with locks.held_if_free(NAME) as free:
                if not free:
                    raise busy
                yield
