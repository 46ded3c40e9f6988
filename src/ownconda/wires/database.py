"""The one door to databases: opened so that what is committed survives a power cut, and their errors as ours.

SQLite in a file and PostgreSQL on a server keep the same promises: who only reads sees one moment, and who writes does
so alone, so that what was looked at before a row is written still holds when it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import ENOSPC
from pathlib import Path

from sqlalchemy import BigInteger, Connection, Engine, Integer, String, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.database_server import LostError, Server, is_lost, open_server, place_of, serves, state_of
from ownconda.wires.files import disk_error

BUSY_SECONDS = 30
MOST_OPEN = 40
"""Connections that are kept open: as many as there are threads that may want one."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits; SQLite counts up by itself only what is called an INTEGER, which has as many."""

NAME = String().with_variant(String(collation="C"), "postgresql")
"""A text that is compared and put in order by its bytes, as SQLite and Python do, whatever the server's language."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def open_database(place: Path | Server) -> Engine:
    """Open a database; its transactions survive a power cut.

    Raises OutsideError when what is needed for a server isn't installed.
    """
    return open_server(place) if isinstance(place, Server) else _open_file(place)


class DamagedError(OutsideError):
    """The file is damaged, or no database at all."""


@contextmanager
def transaction(engine: Engine, *, immediate: bool = False) -> Iterator[Connection]:
    """Begin a transaction that is committed when the block ends well, and say what the database refuses.

    One that writes has to be ``immediate``, and waits for others that do. Raises OutsideError, which is a LostError
    when nobody knows whether it was committed; an IntegrityError is the caller's to explain.
    """
    options = _READING if serves(engine) and not immediate else {}
    try:
        with engine.connect() as connection, connection.execution_options(immediate=immediate, **options).begin():
            yield connection
    except IntegrityError:
        raise
    except NoConnectionLeftError as error:
        raise OutsideError("too many wait for the database", where=place_of(engine), hint="try again") from error
    except DBAPIError as error:
        told, cause = (_told_by_server if serves(engine) else _told_by_file)(error, engine)
        raise told from cause


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Give an INSERT that can say what is to be done ``on_conflict``."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def replace_rows(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """Write rows, each instead of the one that has the same primary key."""
    adding = insert_into(connection, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: adding.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(adding.on_conflict_do_update(index_elements=keys, set_=others), rows)


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


def _open_file(path: Path) -> Engine:
    """Open SQLite's file (WAL with ``synchronous=FULL``)."""
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


def _told_by_file(error: DBAPIError, engine: Engine) -> tuple[OutsideError, Exception]:
    path = Path(engine.url.database or "")
    code = getattr(error.orig, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL:
        full = OSError(ENOSPC, "no space left on device")
        return disk_error(full, path), full
    what, where = f"the ledger can't be used: {error.orig}", Where(file=path)
    if code & 0xFF in _DAMAGED:
        return DamagedError(what, where=where, hint="stop the forge and put back its last backup"), error
    return OutsideError(what, where=where), error


def _told_by_server(error: DBAPIError, engine: Engine) -> tuple[OutsideError | WrongInputError, Exception]:
    state, where = state_of(error), place_of(engine)
    if state == "53100":
        full = OSError(ENOSPC, "no space left on device")
        return disk_error(full, Path(str(where.file))), full
    if isinstance(error, DataError):
        return WrongInputError("the ledger can't keep such a text", hint="does it have a character of code 0?"), error
    said = str(error.orig).strip().partition("\n")[0]
    if is_lost(error):
        return LostError(f"the database can't be reached: {said}", where=where, hint="is it running?"), error
    return OutsideError(f"the ledger can't be used: {said}", where=where), error
