"""Moving a forge's ledger to another database, and its bytes to another store; those before are left as they were."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.bytes_elsewhere import bytes_at, note_bytes_at
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.ledger.moving import copy_ledger
from ownconda.channels.opening import checked_place, note_where
from ownconda.channels.upkeep.moving_bytes import bring
from ownconda.errors import Where, WrongInputError
from ownconda.stores.bucket import Bucket, open_bucket
from ownconda.wires.database import open_database
from ownconda.wires.database_server import Server
from ownconda.wires.files import disk_error, exclusive_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What was moved: how many rows each table has, by name; and where the ledger before is still."""

    rows: dict[str, int]
    before: str


def bring_up_to_date(folder: ForgeFolder) -> None:
    """Let the ledger of a forge that is stopped become one of this version.

    Raises WrongInputError when there is none, OutsideError when a forge is running or it is of a newer version.
    """
    checked_place(folder)
    with exclusive_lock(folder.lock, busy=folder.busy()):
        open_ledger(folder.ledger_place).close()


def migrate(folder: ForgeFolder, target: Server | None) -> Migrated:
    """Move the ledger of a forge that is stopped to a server, or without one into the forge's folder.

    What arrived is read again and compared. Raises WrongInputError when it is there already, or the target holds a
    ledger; OutsideError when a forge is running, a database can't be reached or the disk refuses.
    """
    checked_place(folder)
    if target == folder.database:
        raise WrongInputError("the ledger is there already", where=_where(folder))
    with exclusive_lock(folder.lock, busy=folder.busy()):
        ledger = open_ledger(folder.ledger_place)
        try:
            copied = _to_server(folder, ledger.engine, target) if target else _into_folder(folder, ledger.engine)
        finally:
            ledger.close()
    return Migrated(rows=copied, before=str(_where(folder)))


def copy_into_file(source: Engine, file: Path) -> dict[str, int]:
    """Copy a ledger into a new file of SQLite, and tell how many rows each table has. Raises OutsideError."""
    with _opened(file) as target:
        return {name: table.rows for name, table in copy_ledger(source, target, file).items()}


def copy_to_server(source: Engine, server: Server) -> dict[str, int]:
    """Copy a ledger to a server, and tell how many rows each table has. Raises WrongInputError or OutsideError."""
    with _opened(server) as target:
        return {name: table.rows for name, table in copy_ledger(source, target, server).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedFiles:
    """What was moved: how many files and bytes; those that are lost or damaged stayed behind."""

    files: int
    size: int
    lost: tuple[str, ...]


def move_files(folder: ForgeFolder, target: Bucket | None) -> MovedFiles:
    """Move the bytes of a forge that is stopped into an object store, or without one into the forge's folder.

    Each is read and held against its sha256. What is in a folder stays there as copies, what is in a bucket as it is.
    Raises WrongInputError when they are there already, OutsideError when a forge is running or a store refuses.
    """
    checked_place(folder)
    with exclusive_lock(folder.lock, busy=folder.busy()):
        ledger = open_ledger(folder.ledger_place)
        try:
            noted = bytes_at(ledger.engine)
            here, there = replace(folder, bucket=open_bucket(noted) if noted else None), replace(folder, bucket=target)
            if there.bytes_at == noted:
                raise WrongInputError("the files are there already", where=Where(file=noted or folder.files))
            stored = {one.sha256: one.size for one in here.store().stored()}
            lost = bring(here.store(), there.store(), stored, desk=folder.incoming)
            os.sync()  # copies that were here already weren't synced
            note_bytes_at(ledger.engine, there.bytes_at)
        finally:
            ledger.close()
    moved = stored.keys() - lost
    return MovedFiles(files=len(moved), size=sum(stored[one] for one in moved), lost=tuple(sorted(lost)))


def _to_server(folder: ForgeFolder, source: Engine, server: Server) -> dict[str, int]:
    copied = copy_to_server(source, server)
    note_where(folder, server)  # from now on the file isn't taken for the ledger
    return copied


def _into_folder(folder: ForgeFolder, source: Engine) -> dict[str, int]:
    fresh = folder.ledger.with_name("ledger.part")
    try:
        for left in folder.root.glob(f"{fresh.name}*"):
            left.unlink()
        copied = copy_into_file(source, fresh)
        for old in sorted(folder.root.glob(f"{folder.ledger.name}*")):  # as it was before it was moved to a server
            old.replace(folder.root / f"before-{old.name}")
        fresh.replace(folder.ledger)
        folder.ledger_elsewhere.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, folder.root) from error
    return copied


@contextmanager
def _opened(place: Path | Server) -> Iterator[Engine]:
    engine = open_database(place)
    try:
        yield engine
    finally:
        engine.dispose()


def _where(folder: ForgeFolder) -> Where:
    return folder.database.place if folder.database else Where(file=folder.ledger)
