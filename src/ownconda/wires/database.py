"""The one door to SQLite: a database opened so that what is committed survives, and its errors as ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import ENOSPC
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError

from ownconda.errors import OutsideError, Where
from ownconda.wires.files import disk_error

BUSY_SECONDS = 30
MOST_OPEN = 40
"""Connections that are kept open: as many as there are threads that may want one."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def open_database(path: Path) -> Engine:
    """Open a database; its transactions survive a power cut (WAL with ``synchronous=FULL``).

    The execution option ``immediate`` lets a transaction begin as one that writes.
    """
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, pool_size=MOST_OPEN, pool_use_lifo=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


class DamagedError(OutsideError):
    """The file is damaged, or no database at all."""


@contextmanager
def transaction(engine: Engine, *, immediate: bool = False) -> Iterator[Connection]:
    """Begin a transaction that is committed when the block ends well, and say what the database refuses.

    Raises OutsideError; an IntegrityError is the caller's to explain.
    """
    try:
        with engine.execution_options(immediate=immediate).begin() as connection:
            yield connection
    except IntegrityError:
        raise
    except DatabaseError as error:
        told, cause = _told(error, Path(engine.url.database or ""))
        raise told from cause


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, while others write to it, into one file that survives a power cut.

    Raises OutsideError when it can't be read or the disk refuses.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
            written.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise OutsideError(f"can't be copied: {error}", where=Where(file=source)) from error


def _told(error: DatabaseError, path: Path) -> tuple[OutsideError, Exception]:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL:
        full = OSError(ENOSPC, "no space left on device")
        return disk_error(full, path), full
    what, where = f"the ledger can't be used: {error.orig}", Where(file=path)
    if code & 0xFF in _DAMAGED:
        return DamagedError(what, where=where, hint="stop the forge and put back its last backup"), error
    return OutsideError(what, where=where), error
