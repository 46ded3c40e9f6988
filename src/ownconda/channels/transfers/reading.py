"""A stretch of history read from a ledger, all of it at one moment."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine, RowMapping, Table, func, select, true

from ownconda.channels.ledger.beside import GONE, Placed, newest_change, read_placed
from ownconda.channels.ledger.schema import (
    ANNOUNCEMENTS,
    CHANGES,
    CHANNELS,
    DOCUMENTS,
    FILES,
    HOLDS,
    MADE,
    NOTICES,
    RESERVED,
    SNAPSHOTS,
    TAGS,
    TESTED,
)
from ownconda.channels.ledger.writing import batches
from ownconda.channels.transfers.transfer import (
    CarriedFile,
    CarriedSnapshot,
    ChangedFile,
    Mark,
    Row,
    Standing,
    Stretch,
    Transfer,
)
from ownconda.errors import WrongInputError
from ownconda.stores.store import Store
from ownconda.wires.database import transaction

MARK = (
    SNAPSHOTS.c.id,
    SNAPSHOTS.c.channel,
    SNAPSHOTS.c.parent,
    SNAPSHOTS.c.at,
    SNAPSHOTS.c.author,
    SNAPSHOTS.c.kind,
)
SNAPSHOTS_AT_ONCE = 500
CHANGES_AT_ONCE = 20_000
"""What one transfer has of both when it may be followed by others; a snapshot is never divided."""


def read_stretch(  # noqa: PLR0913  (each says what is wanted)
    engine: Engine,
    store: Store,
    *,
    since: int,
    channels: Collection[str] = (),
    beside_since: int = 0,
    docs: bool = False,
    at: int,
    whole: bool = False,
    tested_since: int = 0,
) -> Transfer:
    """Read what came after a snapshot in some channels (none named: all), as much as is sent at once, or the ``whole``.

    Of what lies beside packages that is given which changed after a number, hosted documentation only with ``docs``; of
    results of tests those that came since a time, in milliseconds since 1970. Raises WrongInputError for an unknown
    channel.
    """
    with transaction(engine) as connection:
        positions = _positions(connection, channels)
        names = list(positions)
        numbers = _numbers(connection, names, since)
        chosen = numbers if whole else _first(connection, numbers)
        newest = chosen[-1] if chosen else since
        snapshots = tuple(_snapshots(connection, chosen))
        files = _files(connection, {one.path for snapshot in snapshots for one in snapshot.changes})
        transfer = Transfer(
            at=at,
            complete=len(chosen) == len(numbers),
            stretches=tuple(_stretch(connection, name, positions[name], since) for name in names),
            snapshots=snapshots,
            files=files,
            documents=_documents(connection, snapshots),
            standing=_standing(connection, names, newest, tested_since),
            sizes={},
        )
        until = newest_change(connection)
        changed = read_placed(connection, since=beside_since if beside_since <= until else 0)  # 0: it was put back
    lying = _wanted(changed, names, everything=not channels, docs=docs)
    standing = replace(transfer.standing, beside=lying, beside_until=until)
    transfer = replace(transfer, standing=standing)
    return replace(transfer, sizes=_sizes(store, transfer.digests()))


def listed_at(engine: Engine, since: int, channels: Collection[str] = ()) -> frozenset[str]:
    """Give the sha256 of all that channels listed at a snapshot.

    Whoever has the history up to there has these bytes.
    """
    named = SNAPSHOTS.c.channel.in_(channels) if channels else true()
    last = (
        select(CHANGES.c.file, func.max(CHANGES.c.snapshot).label("snapshot"))
        .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
        .where(SNAPSHOTS.c.id <= since, named)
        .group_by(CHANGES.c.file, SNAPSHOTS.c.channel)
        .subquery()
    )
    listed = (
        select(FILES.c.sha256, CHANGES.c.sidecars)
        .join(last, (last.c.file == CHANGES.c.file) & (last.c.snapshot == CHANGES.c.snapshot))
        .join(FILES, FILES.c.id == CHANGES.c.file)
        .where(CHANGES.c.added)
    )
    with transaction(engine) as connection:
        rows = connection.execute(listed).all()
    sidecars = {digest for row in rows if row.sidecars for digest in json.loads(row.sidecars).values()}
    return frozenset(sidecars | {row.sha256 for row in rows})


def _positions(connection: Connection, channels: Collection[str]) -> dict[str, int]:
    rows = connection.execute(select(CHANNELS.c.name, CHANNELS.c.position).order_by(CHANNELS.c.position))
    there = {name: position for name, position in rows}  # noqa: C416  (rows are no pairs to mypy)
    for name in channels:
        if name not in there:
            raise WrongInputError(f"there is no channel {name!r}", hint=f"there are {', '.join(there)}")
    return {name: position for name, position in there.items() if not channels or name in channels}


def _numbers(connection: Connection, channels: Sequence[str], since: int) -> list[int]:
    wanted = (SNAPSHOTS.c.id > since) & SNAPSHOTS.c.channel.in_(channels)
    return list(connection.scalars(select(SNAPSHOTS.c.id).where(wanted).order_by(SNAPSHOTS.c.id)))


def _first(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """Give as many of some snapshots, at least one, as go together."""
    some = numbers[:SNAPSHOTS_AT_ONCE]
    counted = select(CHANGES.c.snapshot, func.count()).where(CHANGES.c.snapshot.in_(some)).group_by(CHANGES.c.snapshot)
    sizes = {row[0]: row[1] for row in connection.execute(counted)}
    taken: list[int] = []
    room = CHANGES_AT_ONCE
    for one in some:
        room -= sizes.get(one, 0)
        if room < 0 and taken:
            break
        taken.append(one)
    return taken


def _stretch(connection: Connection, channel: str, position: int, since: int) -> Stretch:
    before = select(*MARK).where(SNAPSHOTS.c.channel == channel, SNAPSHOTS.c.id <= since)
    row = connection.execute(before.order_by(SNAPSHOTS.c.id.desc()).limit(1)).mappings().first()
    return Stretch(channel=channel, position=position, before=Mark(**row) if row else None)


def _snapshots(connection: Connection, numbers: Sequence[int]) -> Iterable[CarriedSnapshot]:
    for some in batches(numbers):
        changes: dict[int, list[ChangedFile]] = {}
        changed = select(CHANGES, FILES.c.subdir, FILES.c.file_name).join(FILES, FILES.c.id == CHANGES.c.file)
        ordered = changed.where(CHANGES.c.snapshot.in_(some)).order_by(CHANGES.c.snapshot, CHANGES.c.file)
        for row in connection.execute(ordered).mappings():
            changes.setdefault(row["snapshot"], []).append(_changed(row))
        listed = select(SNAPSHOTS).where(SNAPSHOTS.c.id.in_(some)).order_by(SNAPSHOTS.c.id)
        for row in connection.execute(listed).mappings():
            facts = {name: value for name, value in row.items() if name != "expired"}
            yield CarriedSnapshot(**facts, changes=tuple(changes.get(row["id"], ())))


def _changed(row: RowMapping) -> ChangedFile:
    return ChangedFile(
        path=f"{row['subdir']}/{row['file_name']}",
        added=row["added"],
        indexed_at=row["indexed_at"],
        sidecars=row["sidecars"],
        yanked=row["yanked"],
    )


def _files(connection: Connection, paths: Iterable[str]) -> dict[str, CarriedFile]:
    found: dict[str, CarriedFile] = {}
    named: dict[str, list[str]] = {}
    for path in sorted(paths):
        subdir, _, name = path.partition("/")
        named.setdefault(subdir, []).append(name)
    for subdir, names in named.items():
        for some in batches(names):
            query = select(FILES).where(FILES.c.subdir == subdir, FILES.c.file_name.in_(some))
            for row in connection.execute(query).mappings():
                facts = {name: row[name] for name in ("sha256", "size", "record", "run_exports", "about")}
                path = f"{subdir}/{row['file_name']}"
                found[path] = CarriedFile(path=path, **facts)
    return found


def _documents(connection: Connection, snapshots: Iterable[CarriedSnapshot]) -> dict[str, str]:
    named = {json.loads(one.terms).get("patches") for one in snapshots if one.terms} - {"", None}
    query = select(DOCUMENTS.c.sha256, DOCUMENTS.c.content).where(DOCUMENTS.c.sha256.in_(named))
    return {row.sha256: row.content for row in connection.execute(query)}


def _standing(connection: Connection, channels: Sequence[str], newest: int, tested_since: int) -> Standing:
    expired = select(SNAPSHOTS.c.id).where(SNAPSHOTS.c.expired, SNAPSHOTS.c.id <= newest)
    tested = select(TESTED).where(TESTED.c.at >= tested_since).order_by(TESTED.c.at)
    purged = select(FILES.c.subdir, FILES.c.file_name, FILES.c.purged).where(FILES.c.purged != "")
    return Standing(
        purged={f"{row.subdir}/{row.file_name}": row.purged for row in connection.execute(purged)},
        expired=tuple(connection.scalars(expired.where(SNAPSHOTS.c.channel.in_(channels)).order_by(SNAPSHOTS.c.id))),
        tags=tuple(one for one in _rows(connection, TAGS, channels) if int(one["snapshot"] or 0) <= newest),
        holds=_rows(connection, HOLDS, channels),
        notices=_rows(connection, NOTICES, channels),
        announcements=_rows(connection, ANNOUNCEMENTS, channels),
        tested=tuple(map(dict, connection.execute(tested).mappings())),
        reserved=_rows(connection, RESERVED),
        made=tuple(dict(row) for row in connection.execute(select(MADE).where(MADE.c.name.in_(channels))).mappings()),
    )


def _rows(connection: Connection, table: Table, channels: Sequence[str] | None = None) -> tuple[Row, ...]:
    query = select(table).order_by(*table.primary_key.columns)
    if channels is not None:
        query = query.where(table.c.channel.in_(channels))
    return tuple(dict(row) for row in connection.execute(query).mappings())


def _wanted(changed: Iterable[Placed], channels: Collection[str], *, everything: bool, docs: bool) -> dict[str, str]:
    """Leave out installers of other channels, and documentation unless it is wanted; sources are everybody's.

    That documentation is gone is told in any case: it may have been there because of an earlier transfer.
    """

    def is_wanted(one: Placed) -> bool:
        kind, name, *_ = one.place.split("/")
        if kind == "docs":
            return docs or one.sha256 == GONE
        return everything or kind == "sources" or name in channels

    return {one.place: one.sha256 for one in changed if is_wanted(one)}


def _sizes(store: Store, digests: Collection[str]) -> dict[str, int]:
    """Tell the size of what is there; what expired or was purged isn't."""
    there = store.sizes(digests)
    return {sha256: there[sha256] for sha256 in sorted(there)}
