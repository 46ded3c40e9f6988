"""A forge's channels made, and held open."""

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ownconda.channels.channels import Channels, Clock
from ownconda.channels.charters import Charter, check_charters, default_charters
from ownconda.channels.desks import desk_in
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gatekeeping import NO_GATE, Gate
from ownconda.channels.journal import NO_JOURNAL, Journal
from ownconda.channels.ledger.bytes_elsewhere import check_bytes_at, note_bytes_at
from ownconda.channels.ledger.following import leads
from ownconda.channels.ledger.ledger import create_ledger, open_ledger
from ownconda.channels.ledger.made import made_charters
from ownconda.channels.other_processes import following
from ownconda.channels.upkeep.catching_up import Elsewhere, catch_up, relate
from ownconda.errors import Where, WrongInputError
from ownconda.wires.database_server import Server
from ownconda.wires.files import disk_error, exclusive_lock, sweep, write_atomically

SECONDS_A_DAY = 86_400
SETTINGS = "ownconda.toml"


def create_forge(folder: ForgeFolder, charters: Sequence[Charter], *, clock: Clock | None = None) -> None:
    """Make a new forge with empty channels in a folder that is empty or isn't there yet.

    Raises WrongInputError when the folder holds something else, or a forge already, or for a channel's name that is
    none or is there twice; then nothing is changed.
    """
    check_charters(charters)
    if not folder.ledger.exists() and holds_something(folder.root):
        raise WrongInputError(
            "this folder holds something else",
            where=Where(file=folder.root),
            hint="choose an empty or a new folder",
        )
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder.root) from error
    create_ledger(folder.ledger_place, [charter.name for charter in charters], at=(clock or milliseconds)())
    if folder.database:
        note_where(folder, folder.database)
    if folder.bucket:
        _note_bucket(folder)


def checked_place(folder: ForgeFolder) -> ForgeFolder:
    """Give a forge's folder back when its ledger is where the settings say. Raises WrongInputError."""
    if folder.ledger_elsewhere.exists() and folder.database is None:
        told = folder.ledger_elsewhere.read_text().strip()
        raise WrongInputError(
            f"the ledger of this forge is in the database {told}",
            where=Where(file=folder.root),
            hint="set forge.database, with user and password, in the folder's ownconda.toml or the environment",
        )
    if folder.database and folder.ledger.exists() and not folder.ledger_elsewhere.exists():
        raise WrongInputError(
            "the ledger of this forge is a file",
            where=Where(file=folder.ledger),
            hint=f"move it: ownconda forge migrate {folder.root} --to postgresql; or unset forge.database",
        )
    return folder


def _note_bucket(folder: ForgeFolder) -> None:
    ledger = open_ledger(folder.ledger_place)
    try:
        note_bytes_at(ledger.engine, folder.bytes_at)
    finally:
        ledger.close()


def note_where(folder: ForgeFolder, database: Server) -> None:
    """Note in a forge's folder in which database its ledger is, so that nobody takes an older one for it."""
    write_atomically(folder.ledger_elsewhere, f"{database.place}\n".encode())


@contextlib.contextmanager
def open_channels(  # noqa: PLR0913  (each is a fact of how it is opened)
    folder: ForgeFolder,
    charters: Sequence[Charter] = (),
    *,
    gate: Gate = NO_GATE,
    clock: Clock | None = None,
    journal: Journal = NO_JOURNAL,
    alone: bool = False,
) -> Iterator[Channels]:
    """Hold a forge's folder and its channels open while the block runs, with every index up to date.

    Channels of ``charters`` that aren't there yet are made, empty, unless the forge follows another one; without any,
    those that are there are what the default ones of their names are. ``journal`` is told of every name before it is
    taken. Raises WrongInputError when there is no forge, OutsideError when another one runs on it. Where the ledger is
    in a database of its own, several processes may have it open, unless one of them is to be ``alone``.
    """
    check_charters(charters)
    ledger = open_ledger(checked_place(folder).ledger_place)
    try:
        with _entered(folder, shared=folder.is_shared and not alone) as desk:
            folder = replace(folder, desk=desk)
            check_bytes_at(ledger.engine, folder.bytes_at)
            if folder.database and not folder.ledger_elsewhere.exists():
                note_where(folder, folder.database)  # one more machine of a forge
            ticking = clock or milliseconds
            if leads(ledger.engine):
                ledger.add_channels([charter.name for charter in charters], at=ticking())
            chartered = charters or default_charters(ledger.channels())
            known = {one.name: one for one in (*made_charters(ledger.engine), *chartered)}
            channels = Channels(folder, ledger, known, gate, ticking, journal=journal)
            catch_up(channels)
            channels.shelf.learn()
            if leads(ledger.engine):
                relate(channels)
            besides = (lambda: None) if folder.is_shared else Elsewhere(channels).follow
            with following(channels, besides) if ledger.locks and not alone else contextlib.nullcontext():
                yield channels
    finally:
        ledger.close()


def holds_something(root: Path) -> bool:
    """Tell whether there is more in a folder than settings, which may say where the ledger is to be."""
    return root.is_dir() and any(one.name != SETTINGS for one in root.iterdir())


def milliseconds() -> int:
    """Give the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@contextlib.contextmanager
def _entered(folder: ForgeFolder, *, shared: bool) -> Iterator[str]:
    """Have a folder open while the block runs, alone or with other processes; give the name of the desk."""
    with exclusive_lock(folder.lock, busy=folder.busy(), shared=shared):
        if not shared:
            _empty(folder.incoming)
            sweep(folder.public)
            yield ""
            return
        sweep(folder.public, before=time.time() - SECONDS_A_DAY)
        with desk_in(folder.desks) as desk:
            yield desk


def _empty(incoming: Path) -> None:
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, incoming) from error
