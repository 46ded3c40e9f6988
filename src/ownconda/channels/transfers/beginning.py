"""A forge that follows another one from now on, and one that leads again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.following import Following, follow, following, take_over
from ownconda.channels.ledger.ledger import Ledger, open_ledger
from ownconda.channels.opening import checked_place, create_forge
from ownconda.wires.files import exclusive_lock


def begin_following(folder: ForgeFolder, url: str, channels: Sequence[str] = ()) -> None:
    """Let the forge in a folder, made where there is none, follow another one; it must not be running.

    Raises WrongInputError when the folder holds something else, RunningError when the forge runs.
    """
    if not folder.is_there:
        create_forge(folder, ())
    with _stopped(folder) as ledger:
        follow(ledger.engine, url, channels)


def follows_somebody(folder: ForgeFolder) -> Following | None:
    """Tell whom the forge in a folder follows, if there is a forge and it does."""
    if not folder.is_there:
        return None
    ledger = open_ledger(checked_place(folder).ledger_place)
    try:
        return following(ledger.engine)
    finally:
        ledger.close()


def lead(folder: ForgeFolder) -> Following | None:
    """Let the stopped forge in a folder lead; tell whom it followed. Raises RunningError when it runs."""
    with _stopped(folder) as ledger:
        return take_over(ledger.engine)


@contextmanager
def _stopped(folder: ForgeFolder) -> Iterator[Ledger]:
    with exclusive_lock(folder.lock, busy=folder.busy()):
        ledger = open_ledger(checked_place(folder).ledger_place)
        try:
            yield ledger
        finally:
            ledger.close()
