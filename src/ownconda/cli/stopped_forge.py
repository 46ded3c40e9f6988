"""A forge that is stopped, held open by a command as its settings say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ownconda.errors import Where, WrongInputError
from ownconda.settings.loading import load

if TYPE_CHECKING:
    from ownconda.channels.channels import Channels
    from ownconda.channels.charters import Charter
    from ownconda.channels.folder import ForgeFolder
    from ownconda.channels.journal import Line
    from ownconda.wires.database_server import Server


@contextmanager
def stopped_forge(folder: Path, *, instead: str = "") -> Iterator["Channels"]:
    """Hold the channels of the forge in a folder open while the block runs; ``instead`` tells what else can be done.

    Raises WrongInputError when there is none, OutsideError when it is running.
    """
    from ownconda.channels.opening import open_channels  # noqa: PLC0415  (so that `--help` stays quick)

    with (
        _saying_what_to_do(folder, instead),
        open_channels(folder_of(folder), charters_of(folder), alone=True) as channels,
    ):
        yield channels


def check_stopped(folder: Path, *, instead: str = "") -> None:
    """Check that no forge runs in a folder, before something long is done for it. Raises RunningError."""
    from ownconda.wires.files import exclusive_lock  # noqa: PLC0415  (likewise)

    place = folder_of(folder)
    if place.lock.exists():
        with _saying_what_to_do(folder, instead), exclusive_lock(place.lock, busy=place.busy()):
            pass


@contextmanager
def _saying_what_to_do(folder: Path, instead: str) -> Iterator[None]:
    from ownconda.channels.folder import RunningError  # noqa: PLC0415  (likewise)

    try:
        yield
    except RunningError as error:
        raise RunningError(
            "the forge in this folder is running", where=Where(file=folder), hint="stop it first" + instead
        ) from error


def folder_of(folder: Path, *, settings: Path | None = None) -> "ForgeFolder":
    """Give the folder of a forge, with its ledger where the ``settings`` say that hold there, or in another folder."""
    from ownconda.channels.folder import forge_folder  # noqa: PLC0415  (likewise)

    return forge_folder(folder.absolute(), database_of(settings or folder), bucket_of(settings or folder))


def moved_folder(folder: Path, target: str | None) -> "tuple[ForgeFolder, Server | None]":
    """Give the folder of a forge, with its ledger where it is, and the server to which it is to be moved, if any.

    Raises WrongInputError when no setting says which server that is.
    """
    from ownconda.channels.folder import forge_folder  # noqa: PLC0415  (likewise)
    from ownconda.wires.database_server import read_server  # noqa: PLC0415  (likewise)

    address = database_of(folder)
    here = forge_folder(folder.absolute(), bucket=bucket_of(folder))
    if here.ledger_elsewhere.exists():
        here = replace(here, database=read_server(address) if address else None)
    if target in {None, "sqlite"}:
        return here, None
    chosen = address if target == "postgresql" else str(target)
    if not chosen:
        hint = "set OWNCONDA_FORGE_DATABASE, for example to postgresql://user:password@host/database"
        raise WrongInputError("nothing says to which database", where=Where(file="forge.database"), hint=hint)
    return here, read_server(chosen)


def database_of(folder: Path) -> str:
    """Give the address of the database that holds the ledger of the forge in a folder; nothing where it is a file."""
    return str(load(folder.absolute(), os.environ).forge.database)


def bucket_of(folder: Path) -> str:
    """Give the address of the object store of the forge in a folder; nothing where its files are in the folder."""
    return load(folder.absolute(), os.environ).forge.store


def charters_of(folder: Path) -> list["Charter"]:
    """Tell what the channels of the forge in a folder are for, as far as settings say it."""
    from ownconda.channels.charter_settings import read_charter  # noqa: PLC0415  (likewise)

    settings = load(folder.absolute(), os.environ)
    return [read_charter(name, asdict(one)) for name, one in settings.forge.channels.items()]


def sources_kept_in(folder: Path) -> int:
    """Tell for how many milliseconds the forge in a folder keeps sources that no package was made from, 0: for ever."""
    from ownconda.channels.retention import read_sources_kept  # noqa: PLC0415  (likewise)

    return read_sources_kept(load(folder.absolute(), os.environ).forge.sources_kept)


def journal_of(folder: Path) -> tuple["Line", ...]:
    """Read the journal that the forge in a folder writes, as far as settings name one and it is there."""
    from ownconda.channels.journal import read_journal  # noqa: PLC0415  (likewise)

    path = load(folder.absolute(), os.environ).forge.journal
    return read_journal(path) if path and path.is_file() else ()
