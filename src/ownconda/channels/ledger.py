"""The ledger: every channel, snapshot and file name of a forge, in one SQLite database.

A snapshot is stored as its difference to its parent; a channel is a pointer to its newest one, moved by
compare-and-swap in the transaction that writes the snapshot. What is committed survives a power cut (WAL with
``synchronous=FULL``).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.channels.snapshots import BrokenChannelError, Change, Kind, MissingError, Snapshot
from ownconda.conda.records import Record, compact_json, record_from_json
from ownconda.errors import ConflictError, OutsideError, OwncondaError, Where, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.wires.database import open_database, transaction

SCHEMA_VERSION = 1
AUTHOR_OF_CREATION = "forge init"
AT_ONCE = 400
"""Rows a statement: SQLite allows 32,766 bound values."""

_Item = TypeVar("_Item")
_METADATA = MetaData()
_SCHEMA = Table("schema", _METADATA, Column("version", Integer, nullable=False))
_CHANNELS = Table(
    "channels",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("head", Integer, nullable=False),
)
_SNAPSHOTS = Table(
    "snapshots",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", String, ForeignKey("channels.name"), nullable=False),
    Column("parent", Integer, ForeignKey("snapshots.id")),
    Column("at", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("kind", String, nullable=False),
    Index("snapshots_by_channel", "channel", "id"),
    sqlite_autoincrement=True,
)
_FILES = Table(
    "files",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("subdir", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("record", Text, nullable=False),
    Column("run_exports", Text, nullable=False),
    UniqueConstraint("subdir", "file_name"),
)
_CHANGES = Table(
    "changes",
    _METADATA,
    Column("snapshot", Integer, ForeignKey("snapshots.id"), primary_key=True),
    Column("file", Integer, ForeignKey("files.id"), primary_key=True),
    Column("added", Boolean, nullable=False),
    Column("indexed_at", Integer, nullable=False),
    Column("sidecars", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a channel's history: a snapshot, and how many files it added and removed."""

    snapshot: Snapshot
    added: int
    removed: int


class Ledger:
    """An open ledger; all of its methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._records: dict[int, Record] = {}

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def channels(self) -> tuple[str, ...]:
        """Give the names of all channels in their order."""
        with transaction(self.engine) as connection:
            return tuple(connection.scalars(select(_CHANNELS.c.name).order_by(_CHANNELS.c.position)))

    def head(self, channel: str) -> Snapshot:
        """Give the snapshot that a channel points to. Raises MissingError when there is no such channel."""
        query = select(_SNAPSHOTS).join(_CHANNELS, _CHANNELS.c.head == _SNAPSHOTS.c.id)
        with transaction(self.engine) as connection:
            row = connection.execute(query.where(_CHANNELS.c.name == channel)).mappings().first()
        if row is None:
            raise MissingError(f"there is no channel {channel!r}", hint=f"there are {', '.join(self.channels())}")
        return _snapshot(row)

    def snapshot(self, number: int) -> Snapshot:
        """Give one snapshot. Raises MissingError when there is none of that number."""
        with transaction(self.engine) as connection:
            row = connection.execute(select(_SNAPSHOTS).where(_SNAPSHOTS.c.id == number)).mappings().first()
        if row is None:
            raise MissingError(
                f"there is no snapshot {number}",
                hint="`ownconda channel history` lists a channel's snapshots",
            )
        return _snapshot(row)

    def history(self, channel: str, *, limit: int) -> tuple[Step, ...]:
        """Give a channel's newest snapshots, the newest first."""
        counted = (
            select(
                _SNAPSHOTS,
                func.count().filter(_CHANGES.c.added).label("count_added"),
                func.count().filter(~_CHANGES.c.added).label("count_removed"),
            )
            .join(_CHANGES, _CHANGES.c.snapshot == _SNAPSHOTS.c.id, isouter=True)
            .where(_SNAPSHOTS.c.channel == channel)
            .group_by(_SNAPSHOTS.c.id)
            .order_by(_SNAPSHOTS.c.id.desc())
            .limit(limit)
        )
        with transaction(self.engine) as connection:
            rows = connection.execute(counted).mappings().all()
        return tuple(
            Step(snapshot=_snapshot(row), added=row["count_added"], removed=row["count_removed"]) for row in rows
        )

    def contents(self, snapshot: Snapshot) -> dict[str, Entry]:
        """Give what a channel listed at a snapshot of it: the last word on each file up to then.

        Raises BrokenChannelError when one of its records can't be read.
        """
        last = (
            select(_CHANGES.c.file, func.max(_CHANGES.c.snapshot).label("snapshot"))
            .join(_SNAPSHOTS, _SNAPSHOTS.c.id == _CHANGES.c.snapshot)
            .where(_SNAPSHOTS.c.channel == snapshot.channel, _SNAPSHOTS.c.id <= snapshot.id)
            .group_by(_CHANGES.c.file)
            .subquery()
        )
        listed = select(_CHANGES.c.file, _CHANGES.c.indexed_at, _CHANGES.c.sidecars).join(
            last, (last.c.file == _CHANGES.c.file) & (last.c.snapshot == _CHANGES.c.snapshot)
        )
        with transaction(self.engine) as connection:
            rows = connection.execute(listed.where(_CHANGES.c.added)).all()
            self._remember(connection, [file for file, _, _ in rows if file not in self._records])
        entries = (
            Entry(record=self._records[file], indexed_at=at, sidecars=_read_sidecars(sidecars))
            for file, at, sidecars in rows
        )
        return {entry.path: entry for entry in entries}

    def known(self, records: Iterable[Record]) -> dict[str, str]:
        """Give the sha256 that the paths of these records stand for, as far as they were ever used."""
        with transaction(self.engine) as connection:
            return {path: sha256 for path, (_, sha256) in _files_of(connection, records).items()}

    def commit(  # noqa: PLR0913  (each is a fact of the snapshot)
        self, *, parent: Snapshot, kind: Kind, change: Change, author: str, reason: str, at: int
    ) -> Snapshot:
        """Write a snapshot on top of ``parent`` and point the channel to it, if it still points there.

        Raises ConflictError when the channel moved on meanwhile, or a file name stands for other contents;
        OutsideError when the disk refuses. Then nothing is changed.
        """
        facts = {"author": author, "reason": reason, "at": at, "kind": kind.value}
        try:
            with transaction(self.engine, immediate=True) as connection:
                number = _insert_snapshot(connection, parent.channel, parent.id, facts)
                _move_head(connection, parent, number)
                _insert_files(connection, [entry.record for entry in change.added])
                _insert_changes(connection, number, change)
        except IntegrityError as error:
            raise ConflictError("a file name already stands for other contents in this forge") from error
        return Snapshot(
            id=number,
            channel=parent.channel,
            parent=parent.id,
            at=at,
            author=author,
            reason=reason,
            kind=kind,
        )

    def _remember(self, connection: Connection, files: Sequence[int]) -> None:
        for some in _batches(files):
            rows = connection.execute(
                select(_FILES.c.id, _FILES.c.file_name, _FILES.c.record, _FILES.c.run_exports).where(
                    _FILES.c.id.in_(some)
                )
            )
            for number, file_name, record, run_exports in rows:
                self._records[number] = _read_record(record, file_name, run_exports)


def _read_record(text: str, file_name: str, run_exports: str) -> Record:
    try:
        return record_from_json(text, file_name=file_name, run_exports=run_exports)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BrokenChannelError(
            f"what the ledger has of {file_name} can't be read: {error}",
            hint="put back the last backup of the forge's folder",
        ) from error


def _read_sidecars(text: str) -> Sidecars:
    try:
        return Sidecars(**json.loads(text)) if text else NONE
    except (TypeError, ValueError) as error:
        raise BrokenChannelError(f"what the ledger has of a package's sidecars can't be read: {error}") from error


def create_ledger(path: Path, channels: Sequence[str], *, at: int) -> None:
    """Make the ledger of a new forge with empty channels; all of it or nothing.

    Raises WrongInputError when there is one already.
    """
    engine = open_database(path)
    try:
        with transaction(engine, immediate=True) as connection:
            if inspect(connection).has_table(_SCHEMA.name):
                raise _forge_already(path)
            _METADATA.create_all(connection)
            connection.execute(insert(_SCHEMA).values(version=SCHEMA_VERSION))
            facts = {"author": AUTHOR_OF_CREATION, "reason": "", "at": at, "kind": Kind.CREATED.value}
            for position, name in enumerate(channels):
                connection.execute(insert(_CHANNELS).values(name=name, position=position, head=0))
                number = _insert_snapshot(connection, name, None, facts)
                connection.execute(update(_CHANNELS).where(_CHANNELS.c.name == name).values(head=number))
    finally:
        engine.dispose()


def open_ledger(path: Path) -> Ledger:
    """Open the ledger of a forge.

    Raises WrongInputError when there is none, OutsideError when it is of a newer ownconda.
    """
    if not path.is_file():
        raise _no_forge(path)
    engine = open_database(path)
    try:
        _check_schema(engine, path)
        _complete(engine)
    except OwncondaError:
        engine.dispose()
        raise
    return Ledger(engine)


def _check_schema(engine: Engine, path: Path) -> None:
    with transaction(engine) as connection:
        if not inspect(connection).has_table(_SCHEMA.name):
            raise _no_forge(path)
        version = connection.scalar(select(_SCHEMA.c.version))
    if version != SCHEMA_VERSION:
        raise OutsideError(
            f"the ledger has schema {version}, this ownconda knows schema {SCHEMA_VERSION}",
            where=Where(file=path),
            hint="use the version of ownconda that wrote it, or a newer one",
        )


def _complete(engine: Engine) -> None:
    """Give a ledger that an older ownconda made the column that it lacks; that one can go on with it."""
    with transaction(engine, immediate=True) as connection:
        if "sidecars" not in {column["name"] for column in inspect(connection).get_columns(_CHANGES.name)}:
            connection.exec_driver_sql("ALTER TABLE changes ADD COLUMN sidecars TEXT NOT NULL DEFAULT ''")


def _forge_already(path: Path) -> WrongInputError:
    return WrongInputError(
        "there is a forge in this folder already; nothing was changed",
        where=Where(file=path.parent),
        hint="`ownconda forge serve` runs it; `ownconda forge init --new-token NAME` makes another token",
    )


def _no_forge(path: Path) -> WrongInputError:
    return WrongInputError(
        "there is no forge in this folder",
        where=Where(file=path.parent),
        hint=f"make one: ownconda forge init {path.parent}",
    )


def _insert_snapshot(connection: Connection, channel: str, parent: int | None, facts: Mapping[str, Any]) -> int:
    statement = insert(_SNAPSHOTS).values(channel=channel, parent=parent, **facts)
    return int(connection.execute(statement.returning(_SNAPSHOTS.c.id)).scalar_one())


def _move_head(connection: Connection, parent: Snapshot, number: int) -> None:
    moved = connection.execute(
        update(_CHANNELS).where(_CHANNELS.c.name == parent.channel, _CHANNELS.c.head == parent.id).values(head=number)
    )
    if moved.rowcount != 1:
        raise ConflictError(f"the channel {parent.channel!r} changed meanwhile", hint="run the same command again")


def _insert_files(connection: Connection, records: Sequence[Record]) -> None:
    known = _files_of(connection, records)
    fresh = [
        {
            "subdir": record.subdir,
            "file_name": record.file_name,
            "sha256": record.sha256,
            "size": record.size,
            "record": record.json,
            "run_exports": record.run_exports,
        }
        for record in records
        if known.get(record.path, (0, ""))[1] != record.sha256
    ]
    if fresh:
        connection.execute(insert(_FILES), fresh)


def _insert_changes(connection: Connection, snapshot: int, change: Change) -> None:
    files = _files_of(connection, [entry.record for entry in (*change.added, *change.removed)])
    added = {entry.path for entry in change.added}
    gone = [entry for entry in change.removed if entry.path not in added]
    rows = [
        {
            "snapshot": snapshot,
            "file": files[entry.path][0],
            "added": is_added,
            "indexed_at": entry.indexed_at,
            "sidecars": compact_json(entry.sidecars.digests) if entry.sidecars else "",
        }
        for entries, is_added in ((change.added, True), (gone, False))
        for entry in entries
    ]
    if rows:
        connection.execute(insert(_CHANGES), rows)


def _files_of(connection: Connection, records: Iterable[Record]) -> dict[str, tuple[int, str]]:
    """Give, by path, the number and the sha256 of the files that are known of these."""
    found: dict[str, tuple[int, str]] = {}
    for some in _batches([(record.subdir, record.file_name) for record in records]):
        query = select(_FILES.c.id, _FILES.c.subdir, _FILES.c.file_name, _FILES.c.sha256)
        for number, subdir, file_name, sha256 in connection.execute(
            query.where(tuple_(_FILES.c.subdir, _FILES.c.file_name).in_(some))
        ):
            found[f"{subdir}/{file_name}"] = (number, sha256)
    return found


def _snapshot(row: RowMapping) -> Snapshot:
    return Snapshot(
        id=row["id"],
        channel=row["channel"],
        parent=row["parent"],
        at=row["at"],
        author=row["author"],
        reason=row["reason"],
        kind=Kind(row["kind"]),
    )


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
