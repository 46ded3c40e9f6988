"""The tables of the ledger, and how the ones of an older ownconda become these."""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.database import NAME, NUMBER, transaction
from ownconda.wires.database_server import Server

SCHEMA_VERSION = 3

_METADATA = MetaData()
_SCHEMA = Table("schema", _METADATA, Column("version", NUMBER, nullable=False))
CHANNELS = Table(
    "channels",
    _METADATA,
    Column("name", NAME, primary_key=True),
    Column("position", NUMBER, nullable=False),
    Column("head", NUMBER, nullable=False),
)
MADE = Table(
    "made_channels",
    _METADATA,
    Column("name", NAME, ForeignKey("channels.name"), primary_key=True),
    Column("base", NAME, nullable=False),
)
"""Channels that were made while the forge ran, which settings needn't name."""

SNAPSHOTS = Table(
    "snapshots",
    _METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("channel", NAME, ForeignKey("channels.name"), nullable=False),
    Column("parent", NUMBER, ForeignKey("snapshots.id")),
    Column("at", NUMBER, nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("terms", Text, nullable=False, server_default=""),
    Column("waived", Text, nullable=False, server_default=""),
    Column("expired", Boolean, nullable=False, server_default="0"),
    Index("snapshots_by_channel", "channel", "id"),
    sqlite_autoincrement=True,
)
"""``terms`` is JSON where they are others than the parent's, ``waived`` where something was."""

COMMITS = Table(
    "commits",
    _METADATA,
    Column("snapshot", NUMBER, ForeignKey("snapshots.id"), primary_key=True, autoincrement=False),
    Column("name", NAME, nullable=False),
)
"""What the last transactions are called, by the last snapshot of each, so that one that was cut off can be found."""

FILES = Table(
    "files",
    _METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("subdir", NAME, nullable=False),
    Column("file_name", NAME, nullable=False),
    Column("sha256", NAME, nullable=False),
    Column("size", NUMBER, nullable=False),
    Column("record", Text, nullable=False),
    Column("run_exports", Text, nullable=False),
    Column("about", Text, nullable=False, server_default=""),
    Column("purged", Text, nullable=False, server_default=""),
    UniqueConstraint("subdir", "file_name"),
)
"""``purged`` is JSON that tells why, by whom and when a file was made to be no more."""

CHANGES = Table(
    "changes",
    _METADATA,
    Column("snapshot", NUMBER, ForeignKey("snapshots.id"), primary_key=True),
    Column("file", NUMBER, ForeignKey("files.id"), primary_key=True),
    Column("added", Boolean, nullable=False),
    Column("indexed_at", NUMBER, nullable=False),
    Column("sidecars", Text, nullable=False, server_default=""),
    Column("yanked", Boolean, nullable=False, server_default="0"),
    Index("changes_by_file", "file"),
    sqlite_with_rowid=False,
)
DOCUMENTS = Table(
    "documents",
    _METADATA,
    Column("sha256", NAME, primary_key=True),
    Column("content", Text, nullable=False),
)
"""Texts that snapshots refer to: repodata patches."""

TAGS = Table(
    "tags",
    _METADATA,
    Column("channel", NAME, ForeignKey("channels.name"), primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("snapshot", NUMBER, ForeignKey("snapshots.id"), nullable=False),
    Column("author", NAME, nullable=False),
    Column("at", NUMBER, nullable=False),
)
HOLDS = Table(
    "holds",
    _METADATA,
    Column("channel", NAME, ForeignKey("channels.name"), primary_key=True),
    Column("spec", NAME, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("author", NAME, nullable=False),
    Column("at", NUMBER, nullable=False),
)
NOTICES = Table(
    "notices",
    _METADATA,
    Column("id", NAME, primary_key=True),
    Column("channel", NAME, ForeignKey("channels.name"), nullable=False),
    Column("message", Text, nullable=False),
    Column("level", NAME, nullable=False),
    Column("created_at", NUMBER, nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    Column("author", NAME, nullable=False),
    Index("notices_by_channel", "channel"),
)
ANNOUNCEMENTS = Table(
    "announcements",
    _METADATA,
    Column("channel", NAME, ForeignKey("channels.name"), primary_key=True),
    Column("before", NUMBER, primary_key=True),
    Column("after", NUMBER, primary_key=True),
    Column("target", NAME, primary_key=True),
    Column("author", NAME, nullable=False),
    Column("at", NUMBER, nullable=False),
)
"""Which changes of a channel were announced, and to whom, as a checksum."""

REPORTS = Table(
    "reports",
    _METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("author", NAME, nullable=False),
    Column("at", NUMBER, nullable=False),
    UniqueConstraint("kind", "name"),
)
REPORTED = Table(
    "reported",
    _METADATA,
    Column("report", NUMBER, ForeignKey("reports.id"), primary_key=True),
    Column("file_name", NAME, primary_key=True),
    Column("sha256", NAME, primary_key=True),
    Index("reported_by_file", "sha256"),
    sqlite_with_rowid=False,
)
"""What holds packages outside: lock files, prefixes, installers, and their files."""
TESTED = Table(
    "tested",
    _METADATA,
    Column("package", NAME, primary_key=True),
    Column("together_with", NAME, primary_key=True),
    Column("status", NAME, nullable=False),
    Column("log", Text, nullable=False),
    Column("author", NAME, nullable=False),
    Column("at", NUMBER, nullable=False),
    Index("tested_with", "together_with"),
    sqlite_with_rowid=False,
)
"""What came of the tests of one file with another one, both by their sha256."""
VERDICTS = Table(
    "verdicts",
    _METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("channel", NAME, ForeignKey("channels.name"), nullable=False),
    Column("act", NAME, nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", NUMBER, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("head", NUMBER, nullable=False),
    Column("made", NUMBER, ForeignKey("snapshots.id")),
    Column("facts", Text, nullable=False),
    Index("verdicts_by_channel", "channel", "passed", "head"),
    Index("verdicts_by_snapshot", "made"),
    sqlite_autoincrement=True,
)
"""What the gate said of acts; ``made`` is the snapshot that came of it, ``facts`` is JSON."""

RESERVED = Table(
    "reserved",
    _METADATA,
    Column("subdir", NAME, primary_key=True),
    Column("file_name", NAME, primary_key=True),
    Column("sha256", NAME, nullable=False),
)
"""Names that stand for contents which a forge had before a backup of it was put back."""

DOWNLOADS = Table(
    "downloads",
    _METADATA,
    Column("channel", NAME, ForeignKey("channels.name"), primary_key=True),
    Column("file", NUMBER, ForeignKey("files.id"), primary_key=True),
    Column("day", NUMBER, primary_key=True),
    Column("count", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""How often a file was downloaded from a channel, by days since 1970; days without any have no row."""

COUNTED_DAYS = Table("counted_days", _METADATA, Column("day", NUMBER, primary_key=True))
"""Days on which downloads were counted, whether there were any or not."""

COUNTED_LOGS = Table(
    "counted_logs",
    _METADATA,
    Column("begin", NAME, primary_key=True),
    Column("size", NUMBER, primary_key=True),
    Column("sha256", NAME, primary_key=True),
    sqlite_with_rowid=False,
)
"""Access logs that were counted: the checksum of the first line, and of as many bytes as were read."""

FOLLOWING = Table(
    "following",
    _METADATA,
    Column("one", NUMBER, primary_key=True),
    Column("url", NAME, nullable=False),
    Column("channels", Text, nullable=False),
    Column("at", NUMBER, nullable=False),
    Column("beside", NUMBER, nullable=False, server_default="0"),
)
"""A forge that has another one's history has one row here; ``channels`` is JSON.

``beside`` is the leader's number of the last change beside packages that is known here.
"""

BESIDE = Table(
    "beside",
    _METADATA,
    Column("place", NAME, primary_key=True),
    Column("sha256", NAME, nullable=False),
    Column("number", NUMBER, nullable=False),
    Column("at", NUMBER, nullable=False),
    Index("beside_by_number", "number"),
    sqlite_with_rowid=False,
)
"""What lies beside packages, by its place below what clients see; where nothing is any more, ``sha256`` is empty."""

TABLES = tuple(_METADATA.sorted_tables)
"""All of them, each behind those that it refers to."""

_BY_SPELLING = "CREATE INDEX IF NOT EXISTS files_by_spelling ON files (lower(file_name))"
"""Finds names that differ only by case. Older ledgers may hold such names, so it can't ask for unique ones."""

_LATER = (
    SNAPSHOTS.c.terms,
    SNAPSHOTS.c.waived,
    SNAPSHOTS.c.expired,
    FILES.c.about,
    FILES.c.purged,
    CHANGES.c.sidecars,
    CHANGES.c.yanked,
    FOLLOWING.c.beside,
)
"""Columns that came with later versions of the schema."""


def create_tables(connection: Connection, place: Path | Server) -> None:
    """Make the tables of a new ledger. Raises WrongInputError when there are some."""
    create_empty(connection, place)
    connection.execute(insert(_SCHEMA).values(version=SCHEMA_VERSION))


def create_empty(connection: Connection, place: Path | Server) -> None:
    """Make the tables of a ledger, without a word in them. Raises WrongInputError when there are some."""
    if inspect(connection).has_table(_SCHEMA.name):
        kind = "database" if isinstance(place, Server) else "folder"
        raise WrongInputError(
            f"there is a forge in this {kind} already; nothing was changed",
            where=_where(place),
            hint="`ownconda forge serve` runs it; `ownconda forge init --new-token NAME` makes another token",
        )
    _METADATA.create_all(connection)
    connection.exec_driver_sql(_BY_SPELLING)


def bring_up_to_date(engine: Engine, place: Path | Server) -> None:
    """Give a ledger that an older ownconda made what it lacks, all of it or nothing.

    Raises WrongInputError when it is none, OutsideError when it is of a newer ownconda.
    """
    with transaction(engine, immediate=True) as connection:
        version = connection.scalar(select(_SCHEMA.c.version)) if inspect(connection).has_table(_SCHEMA.name) else 0
        if not version:
            raise no_forge(place)
        if version > SCHEMA_VERSION:
            raise OutsideError(
                f"the ledger has schema {version}, this ownconda knows schema {SCHEMA_VERSION}",
                where=place.place if isinstance(place, Server) else Where(file=place),
                hint="use the version of ownconda that wrote it, or a newer one",
            )
        if version < SCHEMA_VERSION:
            _update(connection)
        _METADATA.create_all(connection)  # tables that came later; who doesn't know them isn't disturbed by them
        connection.exec_driver_sql(_BY_SPELLING)


def no_forge(place: Path | Server) -> WrongInputError:
    """Say that there is no forge where its ledger should be."""
    if isinstance(place, Server):
        hint = "make one: ownconda forge init FOLDER; or move one here: ownconda forge migrate"
        return WrongInputError("there is no forge in this database", where=place.place, hint=hint)
    return WrongInputError(
        "there is no forge in this folder",
        where=Where(file=place.parent),
        hint=f"make one: ownconda forge init {place.parent}",
    )


def _where(place: Path | Server) -> Where:
    return place.place if isinstance(place, Server) else Where(file=place.parent)


def _update(connection: Connection) -> None:
    _METADATA.create_all(connection)
    for column in _LATER:
        there = {one["name"] for one in inspect(connection).get_columns(column.table.name)}
        if column.name not in there:
            added = f"{column.name} {_kind(column)} NOT NULL DEFAULT {_empty(column)}"
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {added}")
    for index in CHANGES.indexes:
        index.create(connection, checkfirst=True)
    connection.execute(update(_SCHEMA).values(version=SCHEMA_VERSION))


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, Boolean):
        return "BOOLEAN"
    return "BIGINT" if isinstance(column.type, BigInteger) else "TEXT"


def _empty(column: Column[Any]) -> str:
    return "''" if _kind(column) == "TEXT" else "'0'"
