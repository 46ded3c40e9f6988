"""A forge's channels made, and held open."""

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ownconda.channels.channels import Channels, Clock
from ownconda.channels.charters import Charter, check_charters, default_charters
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gatekeeping import NO_GATE, Gate
from ownconda.channels.journal import NO_JOURNAL, Journal
from ownconda.channels.ledger.ledger import create_ledger, open_ledger
from ownconda.channels.upkeep.catching_up import catch_up, relate
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import disk_error, exclusive_lock, sweep


def create_forge(folder: ForgeFolder, charters: Sequence[Charter], *, clock: Clock | None = None) -> None:
    """Make a new forge with empty channels in a folder that is empty or isn't there yet.

    Raises WrongInputError when the folder holds something else, or a forge already, or for a channel's name that is
    none or is there twice; then nothing is changed.
    """
    check_charters(charters)
    if folder.root.is_dir() and not folder.ledger.exists() and any(folder.root.iterdir()):
        raise WrongInputError(
            "this folder holds something else",
            where=Where(file=folder.root),
            hint="choose an empty or a new folder",
        )
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder.root) from error
    create_ledger(folder.ledger, [charter.name for charter in charters], at=(clock or milliseconds)())


@contextlib.contextmanager
def open_channels(
    folder: ForgeFolder,
    charters: Sequence[Charter] = (),
    *,
    gate: Gate = NO_GATE,
    clock: Clock | None = None,
    journal: Journal = NO_JOURNAL,
) -> Iterator[Channels]:
    """Hold a forge's folder and its channels open while the block runs, with every index up to date.

    Channels of ``charters`` that aren't there yet are made, empty; without any, those that are there are what the
    default ones of their names are. ``journal`` is told of every name before it is taken. Raises WrongInputError when
    there is no forge, OutsideError when another one runs on it.
    """
    check_charters(charters)
    ledger = open_ledger(folder.ledger)
    try:
        with exclusive_lock(folder.lock, busy=folder.busy()):
            _empty(folder.incoming)
            sweep(folder.public)
            ticking = clock or milliseconds
            ledger.add_channels([charter.name for charter in charters], at=ticking())
            chartered = charters or default_charters(ledger.channels())
            channels = Channels(folder, ledger, {one.name: one for one in chartered}, gate, ticking, journal=journal)
            catch_up(channels)
            relate(channels)
            yield channels
    finally:
        ledger.close()


def milliseconds() -> int:
    """Give the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _empty(incoming: Path) -> None:
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, incoming) from error
