"""The ledger: every channel, snapshot and file name of a forge, in one database.

A snapshot is stored as its difference to its parent; a channel is a pointer to its newest one, moved by
compare-and-swap in the transaction that writes the snapshot. What is committed survives a power cut.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Subquery,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.exc import IntegrityError

from ownconda.channels.ledger.following import check_leads
from ownconda.channels.ledger.reading import read_record, read_sidecars, read_snapshot, read_terms
from ownconda.channels.ledger.schema import (
    CHANGES,
    CHANNELS,
    COMMITS,
    DOCUMENTS,
    FILES,
    HOLDS,
    RESERVED,
    SNAPSHOTS,
    TAGS,
    bring_up_to_date,
    create_tables,
    no_forge,
)
from ownconda.channels.ledger.writing import (
    Draft,
    batches,
    by_subdir,
    check_spelling,
    insert_channels,
    move_head,
    name_commit,
    write_drafts,
)
from ownconda.channels.notes import Hold, Purged, Tag
from ownconda.channels.retention import check_kept
from ownconda.channels.snapshots import (
    NO_TERMS,
    BrokenChannelError,
    Change,
    Kind,
    MissingError,
    Snapshot,
    State,
    Terms,
    ordered,
)
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, OutsideError, OwncondaError
from ownconda.repodata.entries import Entry
from ownconda.wires.database import open_database, transaction
from ownconda.wires.database_server import Locks, LostError, Server

TRIES, SECONDS_BETWEEN_TRIES = 20, 0.5
"""How often it is asked what came of a commit: a database that was restarted is there again by then."""

_NAMES: BindParameter[object] = bindparam("names", expanding=True)
_KNOWN = union_all(
    select(FILES.c.subdir, FILES.c.file_name, FILES.c.sha256, FILES.c.purged).where(
        FILES.c.subdir == bindparam("subdir"), FILES.c.file_name.in_(_NAMES)
    ),
    select(RESERVED.c.subdir, RESERVED.c.file_name, RESERVED.c.sha256, literal("")).where(
        RESERVED.c.subdir == bindparam("subdir"), RESERVED.c.file_name.in_(_NAMES)
    ),
)
"""Every upload asks it twice, and most of the time would go into writing the question anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a channel's history: a snapshot, and how many files it added and removed.

    A yanked package, or one that is offered again, was neither: it is ``changed``.
    """

    snapshot: Snapshot
    added: int
    removed: int
    changed: int = 0


class Ledger:
    """An open ledger; all of its methods may be called from any thread."""

    def __init__(self, engine: Engine, locks: Locks | None = None) -> None:
        self.engine = engine
        self.locks = locks
        """Those that keep several processes apart, if there may be several."""
        self._records: dict[int, Record] = {}

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        if self.locks:
            self.locks.close()

    def check(self) -> None:
        """Check that the database answers. Raises OutsideError."""
        with transaction(self.engine) as connection:
            connection.execute(select(literal(1)))

    def channels(self) -> tuple[str, ...]:
        """Give the names of all channels in their order."""
        with transaction(self.engine) as connection:
            return tuple(connection.scalars(select(CHANNELS.c.name).order_by(CHANNELS.c.position)))

    def add_channels(self, names: Sequence[str], *, at: int) -> None:
        """Make those of these channels that aren't there yet, empty, behind the others."""
        with transaction(self.engine, immediate=True) as connection:
            there = set(connection.scalars(select(CHANNELS.c.name)))
            fresh = [name for name in names if name not in there]
            insert_channels(connection, fresh, position=len(there), at=at)

    def head(self, channel: str) -> Snapshot:
        """Give the snapshot that a channel points to. Raises MissingError when there is no such channel."""
        query = select(SNAPSHOTS).join(CHANNELS, CHANNELS.c.head == SNAPSHOTS.c.id)
        with transaction(self.engine) as connection:
            row = connection.execute(query.where(CHANNELS.c.name == channel)).mappings().first()
        if row is None:
            raise MissingError(f"there is no channel {channel!r}", hint=f"there are {', '.join(self.channels())}")
        return read_snapshot(row)

    def heads(self) -> dict[str, int]:
        """Give the numbers of the snapshots that all channels point to."""
        with transaction(self.engine) as connection:
            rows = connection.execute(select(CHANNELS.c.name, CHANNELS.c.head))
            return {name: head for name, head in rows}  # noqa: C416  (rows are no pairs for mypy)

    def since(self, state: State) -> tuple[Snapshot, Change]:
        """Give the snapshot that a channel points to, and all that leads there from a state of it.

        Raises BrokenChannelError when a record can't be read.
        """
        channel, later = state.snapshot.channel, SNAPSHOTS.c.id > state.snapshot.id
        last = _last_words(SNAPSHOTS.c.channel == channel, later)
        query = select(CHANGES, FILES.c.subdir, FILES.c.file_name, FILES.c.purged)
        query = query.join(last, (last.c.file == CHANGES.c.file) & (last.c.snapshot == CHANGES.c.snapshot))
        newest = select(SNAPSHOTS).join(CHANNELS, CHANNELS.c.head == SNAPSHOTS.c.id).where(CHANNELS.c.name == channel)
        with transaction(self.engine) as connection:
            head = read_snapshot(connection.execute(newest).mappings().one())
            rows = connection.execute(query.join(FILES, FILES.c.id == CHANGES.c.file)).mappings().all()
            there = [row for row in rows if row["added"] and not row["purged"]]
            added = self._entries(connection, there)
            terms = _terms(connection, SNAPSHOTS.c.channel == channel, later)
        paths = [f"{row['subdir']}/{row['file_name']}" for row in rows]
        gone = (state.contents[path] for path in paths if path in state.contents)
        return head, Change(added=ordered(added.values()), removed=ordered(gone), terms=terms)

    def snapshot(self, number: int) -> Snapshot:
        """Give one snapshot. Raises MissingError when there is none of that number."""
        with transaction(self.engine) as connection:
            row = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.id == number)).mappings().first()
        if row is None:
            raise MissingError(
                f"there is no snapshot {number}",
                hint="`ownconda channel history` lists a channel's snapshots",
            )
        return read_snapshot(row)

    def snapshot_at(self, channel: str, at: int) -> Snapshot:
        """Give the snapshot at which a channel stood at a time (milliseconds since 1970). Raises MissingError."""
        query = select(SNAPSHOTS).where(SNAPSHOTS.c.channel == channel, SNAPSHOTS.c.at <= at)
        with transaction(self.engine) as connection:
            row = connection.execute(query.order_by(SNAPSHOTS.c.id.desc()).limit(1)).mappings().first()
        if row is None:
            raise MissingError(f"there was no channel {channel!r} yet", hint=f"see: ownconda channel history {channel}")
        return read_snapshot(row)

    def history(self, channel: str, *, limit: int, before: int | None = None) -> tuple[Step, ...]:
        """Give a channel's newest snapshots (those before one of them), the newest first."""
        which = SNAPSHOTS.c.channel == channel
        if before is not None:
            which &= SNAPSHOTS.c.id < before
        counted = (
            select(
                SNAPSHOTS,
                func.count().filter(CHANGES.c.added).label("count_added"),
                func.count().filter(~CHANGES.c.added).label("count_removed"),
            )
            .join(CHANGES, CHANGES.c.snapshot == SNAPSHOTS.c.id, isouter=True)
            .where(which)
            .group_by(SNAPSHOTS.c.id)
            .order_by(SNAPSHOTS.c.id.desc())
            .limit(limit)
        )
        with transaction(self.engine) as connection:
            rows = connection.execute(counted).mappings().all()
        return tuple(_step(read_snapshot(row), row["count_added"], row["count_removed"]) for row in rows)

    def state(self, snapshot: Snapshot) -> State:
        """Give a channel as it was at a snapshot of it. Raises BrokenChannelError when a record can't be read."""
        return State(snapshot=snapshot, contents=self.contents(snapshot), terms=self.terms(snapshot))

    def contents(self, snapshot: Snapshot) -> dict[str, Entry]:
        """Give what a channel listed at a snapshot of it: the last word on each file up to then.

        What was purged since isn't listed any more. Raises BrokenChannelError when a record can't be read.
        """
        last = _last_words(SNAPSHOTS.c.channel == snapshot.channel, SNAPSHOTS.c.id <= snapshot.id)
        listed = (
            select(CHANGES.c.file, CHANGES.c.indexed_at, CHANGES.c.sidecars, CHANGES.c.yanked)
            .join(last, (last.c.file == CHANGES.c.file) & (last.c.snapshot == CHANGES.c.snapshot))
            .join(FILES, FILES.c.id == CHANGES.c.file)
            .where(CHANGES.c.added, FILES.c.purged == "")
        )
        with transaction(self.engine) as connection:
            return self._entries(connection, connection.execute(listed).mappings().all())

    def removed_by(self, channel: str, kind: Kind) -> dict[str, Entry]:
        """Give what snapshots of a kind removed from a channel, as it was listed last, but for what was purged."""
        removed = (
            select(CHANGES)
            .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
            .join(FILES, FILES.c.id == CHANGES.c.file)
            .where(SNAPSHOTS.c.channel == channel, SNAPSHOTS.c.kind == kind.value, FILES.c.purged == "")
            .where(~CHANGES.c.added)
            .order_by(CHANGES.c.snapshot)
        )
        with transaction(self.engine) as connection:
            return self._entries(connection, connection.execute(removed).mappings().all())

    def terms(self, snapshot: Snapshot) -> Terms:
        """Give the terms of a channel at a snapshot of it."""
        with transaction(self.engine) as connection:
            before = SNAPSHOTS.c.id <= snapshot.id
            return _terms(connection, SNAPSHOTS.c.channel == snapshot.channel, before) or NO_TERMS

    def known(self, records: Sequence[Record]) -> tuple[dict[str, str], dict[str, Purged]]:
        """Give what the paths of these records stand for, as far as they were ever used: sha256, and who was purged.

        Raises ConflictError when a name differs from another one only by case; so does `commit`.
        """
        with transaction(self.engine) as connection:
            check_spelling(connection, records)
            asked = by_subdir(record.path for record in records)
            rows = [row for some in asked for row in connection.execute(_KNOWN, some)]
        return {f"{subdir}/{name}": sha256 for subdir, name, sha256, _ in rows}, _read_purged(rows)

    def reserved(self, folder: str, names: Sequence[str]) -> dict[str, str]:
        """Give what names in a folder stand for, as far as they are reserved: sha256."""
        if not names:
            return {}
        query = select(RESERVED.c.file_name, RESERVED.c.sha256).where(
            RESERVED.c.subdir == folder, RESERVED.c.file_name.in_(names)
        )
        with transaction(self.engine) as connection:
            return {row.file_name: row.sha256 for row in connection.execute(query)}

    def purged(self, path: str = "") -> dict[str, Purged]:
        """Tell whether a file was purged, or without a path which ones were."""
        query = select(FILES.c.subdir, FILES.c.file_name, FILES.c.sha256, FILES.c.purged).where(FILES.c.purged != "")
        if path:
            subdir, _, file_name = path.partition("/")
            query = query.where(FILES.c.subdir == subdir, FILES.c.file_name == file_name)
        with transaction(self.engine) as connection:
            return _read_purged(connection.execute(query).all())

    def files_named(self, file_name: str) -> dict[str, str]:
        """Give the paths of all files of this name that were ever used, with their sha256."""
        query = select(FILES.c.subdir, FILES.c.sha256).where(FILES.c.file_name == file_name)
        with transaction(self.engine) as connection:
            return {f"{subdir}/{file_name}": sha256 for subdir, sha256 in connection.execute(query)}

    def knows(self, sha256: str) -> bool:
        """Tell whether a file with this content ever was in a channel."""
        query = select(FILES.c.sha256).where(FILES.c.sha256 == sha256).limit(1)
        with transaction(self.engine) as connection:
            return connection.execute(query).first() is not None

    def channels_of(self, path: str) -> tuple[str, ...]:
        """Give the channels that ever listed a file."""
        subdir, _, file_name = path.partition("/")
        query = (
            select(SNAPSHOTS.c.channel)
            .distinct()
            .join(CHANGES, CHANGES.c.snapshot == SNAPSHOTS.c.id)
            .join(FILES, FILES.c.id == CHANGES.c.file)
            .where(FILES.c.subdir == subdir, FILES.c.file_name == file_name)
        )
        with transaction(self.engine) as connection:
            return tuple(connection.scalars(query))

    def newest(self, kind: Kind) -> int:
        """Give the number of the newest snapshot of a kind; 0 without one."""
        query = select(func.max(SNAPSHOTS.c.id)).where(SNAPSHOTS.c.kind == kind.value)
        with transaction(self.engine) as connection:
            return connection.scalar(query) or 0

    def channels_with(self, kind: Kind) -> tuple[str, ...]:
        """Give the channels that have snapshots of a kind."""
        query = select(SNAPSHOTS.c.channel).distinct().where(SNAPSHOTS.c.kind == kind.value)
        with transaction(self.engine) as connection:
            return tuple(connection.scalars(query.order_by(SNAPSHOTS.c.channel)))

    def holds(self, channel: str) -> tuple[Hold, ...]:
        """Give a channel's holds, the oldest first."""
        query = select(HOLDS).where(HOLDS.c.channel == channel).order_by(HOLDS.c.at, HOLDS.c.spec)
        with transaction(self.engine) as connection:
            return tuple(Hold(**row) for row in connection.execute(query).mappings())

    def tags(self, channel: str) -> tuple[Tag, ...]:
        """Give a channel's tags, by their snapshots."""
        query = select(TAGS).where(TAGS.c.channel == channel).order_by(TAGS.c.snapshot, TAGS.c.name)
        with transaction(self.engine) as connection:
            return tuple(Tag(**row) for row in connection.execute(query).mappings())

    def set_tag(self, tag: Tag) -> None:
        """Give a snapshot a name, which may have meant another one until now. Raises ExpiredError."""
        same = and_(TAGS.c.channel == tag.channel, TAGS.c.name == tag.name)
        with transaction(self.engine, immediate=True) as connection:
            meant = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.id == tag.snapshot)).mappings().one()
            check_kept(read_snapshot(meant))  # it may have expired while somebody chose it
            check_leads(connection)
            connection.execute(delete(TAGS).where(same))
            connection.execute(insert(TAGS).values(asdict(tag)))

    def remove_tag(self, channel: str, name: str) -> None:
        """Let a name mean no snapshot any more."""
        with transaction(self.engine, immediate=True) as connection:
            check_leads(connection)
            connection.execute(delete(TAGS).where(TAGS.c.channel == channel, TAGS.c.name == name))

    def commit(self, drafts: Sequence[Draft], parents: Mapping[str, Snapshot]) -> tuple[Snapshot, ...]:
        """Write snapshots, each on top of the last one of its channel, and point the channels to them; all or none.

        ``parents`` are the snapshots that the channels are believed to stand at, those that don't change as well.
        Raises MovedError when one moved on meanwhile, ConflictError when a file name stands for other contents, or the
        forge follows another one; OutsideError when the disk refuses, and when the database doesn't say whether it
        took them.
        """
        written: tuple[Snapshot, ...] = ()
        name = secrets.token_hex(8)
        try:
            with transaction(self.engine, immediate=True) as connection:
                check_leads(connection)
                written = write_drafts(connection, drafts, parents)
                if self.locks:
                    name_commit(connection, written[-1], name)
                heads = {snapshot.channel: snapshot for snapshot in written}
                for parent in parents.values():
                    move_head(connection, parent, heads.get(parent.channel, parent))
        except IntegrityError as error:
            raise ConflictError("a file name already stands for other contents in this forge") from error
        except LostError:
            if not written or not self._took(written[-1], name):
                raise
        return written

    def _took(self, snapshot: Snapshot, name: str) -> bool:
        """Tell whether a commit came true that was cut off: whoever writes next has waited for its end."""
        same = (COMMITS.c.snapshot == snapshot.id, COMMITS.c.name == name)
        for _ in range(TRIES):
            with suppress(LostError), transaction(self.engine, immediate=True) as connection:
                return connection.execute(select(COMMITS.c.name).where(*same)).first() is not None
            time.sleep(SECONDS_BETWEEN_TRIES)
        raise OutsideError("nobody knows whether the database took it", hint="ask again when it is there again")

    def _entries(self, connection: Connection, rows: Sequence[RowMapping]) -> dict[str, Entry]:
        self._remember(connection, [row["file"] for row in rows if row["file"] not in self._records])
        entries = (
            Entry(
                record=self._records[row["file"]],
                indexed_at=row["indexed_at"],
                sidecars=read_sidecars(row["sidecars"]),
                yanked=row["yanked"],
            )
            for row in rows
        )
        return {entry.path: entry for entry in entries}

    def _remember(self, connection: Connection, files: Sequence[int]) -> None:
        for some in batches(files):
            rows = connection.execute(
                select(FILES.c.id, FILES.c.file_name, FILES.c.record, FILES.c.run_exports, FILES.c.about).where(
                    FILES.c.id.in_(some)
                )
            )
            for number, file_name, record, run_exports, about in rows:
                self._records[number] = read_record(record, file_name, run_exports, about)


def _last_words(*chosen: ColumnElement[bool]) -> Subquery:
    """Give, for each file, the last of some snapshots that say something of it."""
    return (
        select(CHANGES.c.file, func.max(CHANGES.c.snapshot).label("snapshot"))
        .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
        .where(*chosen)
        .group_by(CHANGES.c.file)
        .subquery()
    )


def _terms(connection: Connection, *chosen: ColumnElement[bool]) -> Terms | None:
    """Give the terms that the last of some snapshots gives, if any does."""
    said = select(SNAPSHOTS.c.terms).where(*chosen, SNAPSHOTS.c.terms != "").order_by(SNAPSHOTS.c.id.desc()).limit(1)
    text = connection.scalar(said)
    if not text:
        return None
    terms = read_terms(text)
    patches = connection.scalar(select(DOCUMENTS.c.content).where(DOCUMENTS.c.sha256 == terms.patches))
    if terms.patches and patches is None:
        raise BrokenChannelError("the ledger has lost a channel's repodata patches")
    return replace(terms, patches=patches or "")


def _step(snapshot: Snapshot, added: int, removed: int) -> Step:
    if snapshot.kind in {Kind.YANK, Kind.UNYANK}:
        return Step(snapshot=snapshot, added=0, removed=removed, changed=added)
    return Step(snapshot=snapshot, added=added, removed=removed)


def _read_purged(rows: Iterable[Any]) -> dict[str, Purged]:
    return {
        f"{subdir}/{name}": Purged(path=f"{subdir}/{name}", sha256=sha256, **json.loads(facts))
        for subdir, name, sha256, facts in rows
        if facts
    }


def create_ledger(place: Path | Server, channels: Sequence[str], *, at: int) -> None:
    """Make the ledger of a new forge with empty channels; all of it or nothing.

    Raises WrongInputError when there is one already.
    """
    engine = open_database(place)
    try:
        with transaction(engine, immediate=True) as connection:
            create_tables(connection, place)
            insert_channels(connection, channels, position=0, at=at)
    finally:
        engine.dispose()


def open_ledger(place: Path | Server) -> Ledger:
    """Open the ledger of a forge; one that an older ownconda made becomes one of this.

    Raises WrongInputError when there is none, OutsideError when it is of a newer ownconda.
    """
    if isinstance(place, Path) and not place.is_file():
        raise no_forge(place)
    engine = open_database(place)
    try:
        bring_up_to_date(engine, place)
    except OwncondaError:
        engine.dispose()
        raise
    return Ledger(engine, Locks(place) if isinstance(place, Server) else None)
