"""A transfer written into a ledger, row by row as another ledger has them: all of it or nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from ownconda.channels.ledger.beside import note_placed
from ownconda.channels.ledger.following import Following, note_following, read_following
from ownconda.channels.ledger.moving import count_on
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
from ownconda.channels.ledger.writing import Also, batches
from ownconda.channels.notes import Purged
from ownconda.channels.transfers.comparing import marks_in, news
from ownconda.channels.transfers.reading import MARK
from ownconda.channels.transfers.transfer import CarriedFile, CarriedSnapshot, Mark, Row, Standing, Transfer
from ownconda.errors import ConflictError, Problem
from ownconda.wires.database import insert_into, replace_rows, transaction


def nothing(_: Connection) -> None:
    """Do nothing else."""


def heads_of(engine: Engine) -> dict[str, Mark]:
    """Tell at which snapshots a forge's channels stand."""
    with transaction(engine) as connection:
        return _heads(connection)


def news_here(engine: Engine, transfer: Transfer) -> tuple[CarriedSnapshot, ...]:
    """Give what of a transfer is new here. Raises as `news`, and ConflictError as `write_transfer`."""
    with transaction(engine) as connection:
        fresh = _news(connection, transfer)
        _check_contents(connection, transfer.files.values())
        return fresh


def write_transfer(engine: Engine, transfer: Transfer, *, also: Also = nothing) -> tuple[CarriedSnapshot, ...]:
    """Write what is new, and let the channels point to it; what stands beside it only if it isn't older.

    What ``also`` does is done then, too, in the same transaction. Gives the new snapshots. Raises as `news`, and
    ConflictError when the forge follows nobody (any more), or a name stands for other contents; OutsideError when the
    disk refuses.
    """
    with transaction(engine, immediate=True) as connection:
        before = read_following(connection)
        if before is None:
            raise ConflictError(
                "this forge leads: it takes no other one's history", hint="take it into a folder of its own"
            )
        fresh = _news(connection, transfer)
        _write_channels(connection, transfer)
        _write_files(connection, transfer.files)
        _write_documents(connection, transfer.documents)
        _write_snapshots(connection, fresh)
        _purge(connection, transfer.standing.purged)
        if transfer.at >= before.at:
            _write_standing(connection, transfer, before)
            also(connection)
        return fresh


def _news(connection: Connection, transfer: Transfer) -> tuple[CarriedSnapshot, ...]:
    known: dict[int, Mark] = {}
    for some in batches([mark.id for mark in marks_in(transfer)]):
        rows = connection.execute(select(*MARK).where(SNAPSHOTS.c.id.in_(some))).mappings()
        known.update({row["id"]: Mark(**row) for row in rows})
    return news(transfer, _heads(connection), known)


def _heads(connection: Connection) -> dict[str, Mark]:
    query = select(*MARK).join(CHANNELS, CHANNELS.c.head == SNAPSHOTS.c.id).order_by(CHANNELS.c.position)
    return {row["channel"]: Mark(**row) for row in connection.execute(query).mappings()}


def _write_channels(connection: Connection, transfer: Transfer) -> None:
    there = set(connection.scalars(select(CHANNELS.c.name)))
    begun = {one.channel for one in transfer.snapshots}
    for one in transfer.stretches:
        if one.channel not in there and one.channel in begun:
            connection.execute(insert(CHANNELS).values(name=one.channel, position=one.position, head=0))


def _check_contents(connection: Connection, files: Iterable[CarriedFile]) -> dict[str, int]:
    """Give the numbers of those files that are known. Raises ConflictError when one has other contents here."""
    listed = {one.path: one for one in files}
    known: dict[str, int] = {}
    wrong = []
    for some in batches(sorted({path.partition("/")[2] for path in listed})):
        query = select(FILES.c.id, FILES.c.subdir, FILES.c.file_name, FILES.c.sha256).where(FILES.c.file_name.in_(some))
        for number, subdir, name, sha256 in connection.execute(query):
            path = f"{subdir}/{name}"
            known[path] = number
            if path in listed and listed[path].sha256 != sha256:
                wrong.append(Problem(what=f"{path} stands for other contents here"))
    if wrong:
        raise ConflictError.of(wrong)
    return known


def _write_files(connection: Connection, files: Mapping[str, CarriedFile]) -> None:
    known = _check_contents(connection, files.values())
    rows = [_file_row(one) for path, one in files.items() if path not in known]
    _insert(connection, FILES, rows)


def _file_row(file: CarriedFile) -> Row:
    subdir, _, file_name = file.path.partition("/")
    return {
        "subdir": subdir,
        "file_name": file_name,
        "sha256": file.sha256,
        "size": file.size,
        "record": file.record,
        "run_exports": file.run_exports,
        "about": file.about,
    }


def _write_documents(connection: Connection, documents: Mapping[str, str]) -> None:
    for sha256, content in documents.items():
        row = {"sha256": sha256, "content": content}
        connection.execute(insert_into(connection, DOCUMENTS).values(row).on_conflict_do_nothing())


def _write_snapshots(connection: Connection, snapshots: Sequence[CarriedSnapshot]) -> None:
    paths = {one.path for snapshot in snapshots for one in snapshot.changes}
    numbers = _numbers(connection, paths)
    names = ("id", "channel", "parent", "at", "author", "reason", "kind", "terms", "waived")
    _insert(connection, SNAPSHOTS, [{name: getattr(one, name) for name in names} for one in snapshots])
    count_on(connection, [SNAPSHOTS])
    changes: list[Row] = [
        {
            "snapshot": snapshot.id,
            "file": numbers[one.path],
            "added": one.added,
            "indexed_at": one.indexed_at,
            "sidecars": one.sidecars,
            "yanked": one.yanked,
        }
        for snapshot in snapshots
        for one in snapshot.changes
    ]
    _insert(connection, CHANGES, changes)
    heads = {one.channel: one.id for one in snapshots}
    for channel, head in heads.items():
        connection.execute(update(CHANNELS).where(CHANNELS.c.name == channel).values(head=head))


def _numbers(connection: Connection, paths: Iterable[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for some in batches(sorted({path.partition("/")[2] for path in paths})):
        query = select(FILES.c.id, FILES.c.subdir, FILES.c.file_name).where(FILES.c.file_name.in_(some))
        numbers.update({f"{subdir}/{name}": number for number, subdir, name in connection.execute(query)})
    return numbers


def _purge(connection: Connection, purged: Mapping[str, str]) -> None:
    """Note what was purged; what was purged here stays so, whatever a transfer made before it says."""
    for path, facts in purged.items():
        subdir, _, file_name = path.partition("/")
        same = (FILES.c.subdir == subdir) & (FILES.c.file_name == file_name) & (FILES.c.purged == "")
        connection.execute(update(FILES).where(same).values(purged=facts))


def _write_standing(connection: Connection, transfer: Transfer, before: Following) -> None:
    standing, channels = transfer.standing, [one.channel for one in transfer.stretches]
    for some in batches(standing.expired):
        connection.execute(update(SNAPSHOTS).where(SNAPSHOTS.c.id.in_(some)).values(expired=True))
    there = set(connection.scalars(select(CHANNELS.c.name)))
    for table, rows in _tables(standing).items():
        connection.execute(delete(table).where(table.c.channel.in_(channels)))
        _insert(connection, table, [row for row in rows if row["channel"] in there])
    if standing.tested:
        replace_rows(connection, TESTED, [dict(one) for one in standing.tested])
    connection.execute(delete(RESERVED))
    _insert(connection, RESERVED, _unused(connection, standing))
    made: list[dict[str, object]] = [dict(one) for one in standing.made if one["name"] in there]
    if made:
        replace_rows(connection, MADE, made)
    note_placed(connection, standing.beside, at=transfer.at)
    note_following(connection, replace(before, at=transfer.at, beside=standing.beside_until))


def _tables(standing: Standing) -> Mapping[Table, Sequence[Row]]:
    return {
        TAGS: standing.tags,
        HOLDS: standing.holds,
        NOTICES: standing.notices,
        ANNOUNCEMENTS: standing.announcements,
    }


def _unused(connection: Connection, standing: Standing) -> Sequence[Row]:
    """Give the reserved names, and those that were purged and are in no channel that came along."""
    names = select(func.count()).select_from(FILES)
    rows = list(standing.reserved)
    for path in standing.purged:
        subdir, _, file_name = path.partition("/")
        found = connection.scalar(names.where(FILES.c.subdir == subdir, FILES.c.file_name == file_name))
        if not found:
            rows.append({"subdir": subdir, "file_name": file_name, "sha256": "purged"})
    return rows


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    for some in batches(rows):
        connection.execute(insert(table), [dict(row) for row in some])


def sha256_of_paths(engine: Engine, paths: Iterable[str]) -> dict[str, str]:
    """Give what those of these paths stand for that a ledger knows of."""
    found: dict[str, str] = {}
    with transaction(engine) as connection:
        for path in paths:
            subdir, _, file_name = path.partition("/")
            same = (FILES.c.subdir == subdir) & (FILES.c.file_name == file_name)
            sha256 = connection.scalar(select(FILES.c.sha256).where(same))
            if sha256:
                found[path] = sha256
    return found


def purge_note(path: str, sha256: str, facts: str) -> Purged:
    """Read why, by whom and when something was purged, as the ledger has it."""
    return Purged(path=path, sha256=sha256, **json.loads(facts))
