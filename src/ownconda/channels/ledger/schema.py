"""The tables of the ledger, and how the ones of an older ownconda become these."""

from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.database import transaction

SCHEMA_VERSION = 2

_METADATA = MetaData()
_SCHEMA = Table("schema", _METADATA, Column("version", Integer, nullable=False))
CHANNELS = Table(
    "channels",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("head", Integer, nullable=False),
)
SNAPSHOTS = Table(
    "snapshots",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", String, ForeignKey("channels.name"), nullable=False),
    Column("parent", Integer, ForeignKey("snapshots.id")),
    Column("at", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("terms", Text, nullable=False, server_default=""),
    Column("waived", Text, nullable=False, server_default=""),
    Column("expired", Boolean, nullable=False, server_default="0"),
    Index("snapshots_by_channel", "channel", "id"),
    sqlite_autoincrement=True,
)
"""``terms`` is JSON where they are others than the parent's, ``waived`` where something was."""

FILES = Table(
    "files",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("subdir", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("size", Integer, nullable=False),
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
    Column("snapshot", Integer, ForeignKey("snapshots.id"), primary_key=True),
    Column("file", Integer, ForeignKey("files.id"), primary_key=True),
    Column("added", Boolean, nullable=False),
    Column("indexed_at", Integer, nullable=False),
    Column("sidecars", Text, nullable=False, server_default=""),
    Column("yanked", Boolean, nullable=False, server_default="0"),
    Index("changes_by_file", "file"),
    sqlite_with_rowid=False,
)
DOCUMENTS = Table(
    "documents",
    _METADATA,
    Column("sha256", String, primary_key=True),
    Column("content", Text, nullable=False),
)
"""Texts that snapshots refer to: repodata patches."""

TAGS = Table(
    "tags",
    _METADATA,
    Column("channel", String, ForeignKey("channels.name"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("snapshot", Integer, ForeignKey("snapshots.id"), nullable=False),
    Column("author", String, nullable=False),
    Column("at", Integer, nullable=False),
)
HOLDS = Table(
    "holds",
    _METADATA,
    Column("channel", String, ForeignKey("channels.name"), primary_key=True),
    Column("spec", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("at", Integer, nullable=False),
)
NOTICES = Table(
    "notices",
    _METADATA,
    Column("id", String, primary_key=True),
    Column("channel", String, ForeignKey("channels.name"), nullable=False),
    Column("message", Text, nullable=False),
    Column("level", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("author", String, nullable=False),
    Index("notices_by_channel", "channel"),
)
ANNOUNCEMENTS = Table(
    "announcements",
    _METADATA,
    Column("channel", String, ForeignKey("channels.name"), primary_key=True),
    Column("before", Integer, primary_key=True),
    Column("after", Integer, primary_key=True),
    Column("target", String, primary_key=True),
    Column("author", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Which changes of a channel were announced, and to whom, as a checksum."""

REPORTS = Table(
    "reports",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("author", String, nullable=False),
    Column("at", Integer, nullable=False),
    UniqueConstraint("kind", "name"),
)
REPORTED = Table(
    "reported",
    _METADATA,
    Column("report", Integer, ForeignKey("reports.id"), primary_key=True),
    Column("file_name", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Index("reported_by_file", "sha256"),
    sqlite_with_rowid=False,
)
"""What holds packages outside: lock files, prefixes, installers, and their files."""
TESTED = Table(
    "tested",
    _METADATA,
    Column("package", String, primary_key=True),
    Column("together_with", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("log", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("tested_with", "together_with"),
    sqlite_with_rowid=False,
)
"""What came of the tests of one file with another one, both by their sha256."""
RESERVED = Table(
    "reserved",
    _METADATA,
    Column("subdir", String, primary_key=True),
    Column("file_name", String, primary_key=True),
    Column("sha256", String, nullable=False),
)
"""Names that stand for contents which a forge had before a backup of it was put back."""

DOWNLOADS = Table(
    "downloads",
    _METADATA,
    Column("channel", String, ForeignKey("channels.name"), primary_key=True),
    Column("file", Integer, ForeignKey("files.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How often a file was downloaded from a channel, by days since 1970; days without any have no row."""

COUNTED_DAYS = Table("counted_days", _METADATA, Column("day", Integer, primary_key=True))
"""Days on which downloads were counted, whether there were any or not."""

COUNTED_LOGS = Table(
    "counted_logs",
    _METADATA,
    Column("begin", String, primary_key=True),
    Column("size", Integer, primary_key=True),
    Column("sha256", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""Access logs that were counted: the checksum of the first line, and of as many bytes as were read."""

_BY_SPELLING = "CREATE INDEX IF NOT EXISTS files_by_spelling ON files (lower(file_name))"
"""Finds names that differ only by case. Older ledgers may hold such names, so it can't ask for unique ones."""

_SINCE_2 = (
    SNAPSHOTS.c.terms,
    SNAPSHOTS.c.waived,
    SNAPSHOTS.c.expired,
    FILES.c.about,
    FILES.c.purged,
    CHANGES.c.sidecars,
    CHANGES.c.yanked,
)


def create_tables(connection: Connection, path: Path) -> None:
    """Make the tables of a new ledger. Raises WrongInputError when there are some."""
    if inspect(connection).has_table(_SCHEMA.name):
        raise WrongInputError(
            "there is a forge in this folder already; nothing was changed",
            where=Where(file=path.parent),
            hint="`ownconda forge serve` runs it; `ownconda forge init --new-token NAME` makes another token",
        )
    _METADATA.create_all(connection)
    connection.exec_driver_sql(_BY_SPELLING)
    connection.execute(insert(_SCHEMA).values(version=SCHEMA_VERSION))


def bring_up_to_date(engine: Engine, path: Path) -> None:
    """Give a ledger that an older ownconda made what it lacks, all of it or nothing.

    Raises WrongInputError when it is none, OutsideError when it is of a newer ownconda.
    """
    with transaction(engine, immediate=True) as connection:
        version = connection.scalar(select(_SCHEMA.c.version)) if inspect(connection).has_table(_SCHEMA.name) else 0
        if not version:
            raise no_forge(path)
        if version > SCHEMA_VERSION:
            raise OutsideError(
                f"the ledger has schema {version}, this ownconda knows schema {SCHEMA_VERSION}",
                where=Where(file=path),
                hint="use the version of ownconda that wrote it, or a newer one",
            )
        if version < SCHEMA_VERSION:
            _update(connection)
        _METADATA.create_all(connection)  # tables that came later; who doesn't know them isn't disturbed by them
        connection.exec_driver_sql(_BY_SPELLING)


def no_forge(path: Path) -> WrongInputError:
    """Say that there is no forge where its ledger should be."""
    return WrongInputError(
        "there is no forge in this folder",
        where=Where(file=path.parent),
        hint=f"make one: ownconda forge init {path.parent}",
    )


def _update(connection: Connection) -> None:
    for column in _SINCE_2:
        there = {one["name"] for one in inspect(connection).get_columns(column.table.name)}
        if column.name not in there:
            default = "0" if isinstance(column.type, Boolean) else "''"
            kind = "BOOLEAN" if isinstance(column.type, Boolean) else "TEXT"
            connection.exec_driver_sql(
                f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} {kind} NOT NULL DEFAULT {default}"
            )
    _METADATA.create_all(connection)
    for index in CHANGES.indexes:
        index.create(connection, checkfirst=True)
    connection.execute(update(_SCHEMA).values(version=SCHEMA_VERSION))
