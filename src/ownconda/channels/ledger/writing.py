"""What a draft writes into the ledger, row by row, within one transaction."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from ownconda.channels.kept_verdicts import KeptVerdict
from ownconda.channels.ledger.schema import CHANGES, CHANNELS, COMMITS, DOCUMENTS, FILES, HOLDS, SNAPSHOTS
from ownconda.channels.ledger.verdicts import write_verdict
from ownconda.channels.notes import Hold, Note, Purged, Released
from ownconda.channels.snapshots import Change, Kind, MovedError, Snapshot, Terms
from ownconda.conda.records import Record, compact_json
from ownconda.errors import ConflictError, Problem, Where
from ownconda.wires.database import insert_into, replace_rows

AUTHOR_OF_CREATION = "forge init"
AT_ONCE = 400
"""Rows a statement: SQLite allows 32,766 bound values."""

NAMES_KEPT = 10_000

Also = Callable[[Connection], None]
"""What else is done in a transaction; what it raises undoes all of it."""

_Item = TypeVar("_Item")
_NEW = (0, "")
_FILES_AT = select(FILES.c.id, FILES.c.subdir, FILES.c.file_name, FILES.c.sha256).where(
    FILES.c.subdir == bindparam("subdir"), FILES.c.file_name.in_(bindparam("names", expanding=True))
)


_FILES_SPELT = select(FILES.c.subdir, FILES.c.file_name).where(
    func.lower(FILES.c.file_name).in_(bindparam("names", expanding=True))
)

_ADD_SNAPSHOT = insert(SNAPSHOTS).returning(SNAPSHOTS.c.id)
_ADD_FILES = insert(FILES).returning(FILES.c.id, FILES.c.subdir, FILES.c.file_name)
_ADD_CHANGES = insert(CHANGES)
_MOVE_HEAD = (
    update(CHANNELS)
    .where(CHANNELS.c.name == bindparam("channel"), CHANNELS.c.head == bindparam("parent"))
    .values(head=bindparam("newest"))
)
"""Statements of every upload: to write one anew takes longer than to carry it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A snapshot that is to be written, with what else the act notes; ``at`` is in milliseconds since 1970.

    ``verdict`` is what the gate says of it; ``also`` is done in the same transaction, by another room.
    """

    channel: str
    kind: Kind
    change: Change
    author: str
    reason: str
    at: int
    waived: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    verdict: KeptVerdict | None = None
    also: Also | None = None


def insert_channels(
    connection: Connection, names: Sequence[str], *, position: int, at: int, author: str = AUTHOR_OF_CREATION
) -> None:
    """Make empty channels, the first of them at a position in the order of all."""
    facts = {"author": author, "reason": "", "at": at, "kind": Kind.CREATED.value}
    for place, name in enumerate(names, position):
        connection.execute(insert(CHANNELS).values(name=name, position=place, head=0))
        number = _insert_snapshot(connection, {"channel": name, "parent": None, **facts})
        connection.execute(update(CHANNELS).where(CHANNELS.c.name == name).values(head=number))


def write_drafts(
    connection: Connection, drafts: Sequence[Draft], heads: Mapping[str, Snapshot]
) -> tuple[Snapshot, ...]:
    """Write snapshots, each on top of the one before it of its channel, or of the channel's head."""
    files = _files_for(connection, drafts)
    newest = dict(heads)
    written: list[Snapshot] = []
    for draft in drafts:
        newest[draft.channel] = _write_snapshot(connection, draft, newest[draft.channel])
        written.append(newest[draft.channel])
    changes = zip(written, drafts, strict=True)
    rows = [row for snapshot, draft in changes for row in _change_rows(snapshot.id, draft.change, files)]
    if rows:
        connection.execute(_ADD_CHANGES, rows)
    for snapshot, draft in zip(written, drafts, strict=True):
        if draft.verdict:
            write_verdict(connection, replace(draft.verdict, made=snapshot.id))
    for note in [note for draft in drafts for note in draft.notes]:
        _take_down(connection, note)
    for draft in drafts:
        if draft.also:
            draft.also(connection)
    return tuple(written)


def _files_for(connection: Connection, drafts: Sequence[Draft]) -> dict[str, tuple[int, str]]:
    """Give the number and the sha256 of each file that drafts tell of, by path; those that are new are written."""
    changes = [draft.change for draft in drafts]
    files = files_of(connection, [entry.record for change in changes for entry in (*change.added, *change.removed)])
    added = {(one.record.path, one.record.sha256): one.record for change in changes for one in change.added}
    fresh = [record for (path, sha256), record in added.items() if files.get(path, _NEW)[1] != sha256]
    return files | _insert_files(connection, fresh)


def _write_snapshot(connection: Connection, draft: Draft, parent: Snapshot) -> Snapshot:
    facts = {
        "channel": draft.channel,
        "parent": parent.id,
        "at": draft.at,
        "author": draft.author,
        "reason": draft.reason,
    }
    terms = draft.change.terms
    number = _insert_snapshot(
        connection,
        facts
        | {
            "kind": draft.kind.value,
            "terms": _written_terms(connection, terms) if terms else "",
            "waived": compact_json(dict(draft.waived)) if draft.waived else "",
        },
    )
    return Snapshot(id=number, kind=draft.kind, waived=draft.waived, **facts)  # type: ignore[arg-type]


def _insert_snapshot(connection: Connection, values: Mapping[str, Any]) -> int:
    return int(connection.execute(_ADD_SNAPSHOT, values).scalar_one())


def _written_terms(connection: Connection, terms: Terms) -> str:
    sha256 = ""
    if terms.patches:
        sha256 = hashlib.sha256(terms.patches.encode()).hexdigest()
        document = {"sha256": sha256, "content": terms.patches}
        connection.execute(insert_into(connection, DOCUMENTS).values(document).on_conflict_do_nothing())
    return compact_json(asdict(terms) | {"patches": sha256})


def move_head(connection: Connection, parent: Snapshot, head: Snapshot) -> None:
    """Point a channel to a snapshot. Raises MovedError when it doesn't point to ``parent`` any more."""
    moved = connection.execute(_MOVE_HEAD, {"channel": parent.channel, "parent": parent.id, "newest": head.id})
    if moved.rowcount != 1:
        raise MovedError(f"the channel {parent.channel!r} changed meanwhile", hint="run the same command again")


def name_commit(connection: Connection, snapshot: Snapshot, name: str) -> None:
    """Note what the transaction is called that writes a snapshot last, and forget the names of those long ago."""
    connection.execute(delete(COMMITS).where(COMMITS.c.snapshot < snapshot.id - NAMES_KEPT))
    connection.execute(insert(COMMITS).values(snapshot=snapshot.id, name=name))


def _take_down(connection: Connection, note: Note) -> None:
    match note:
        case Hold():
            replace_rows(connection, HOLDS, [asdict(note)])  # another reason
        case Released(channel=channel, spec=spec):
            connection.execute(delete(HOLDS).where(HOLDS.c.channel == channel, HOLDS.c.spec == spec))
        case Purged(path=path):
            subdir, _, file_name = path.partition("/")
            facts = {"reason": note.reason, "author": note.author, "at": note.at}
            same = and_(FILES.c.subdir == subdir, FILES.c.file_name == file_name)
            connection.execute(update(FILES).where(same).values(purged=compact_json(facts)))


def _insert_files(connection: Connection, records: Sequence[Record]) -> dict[str, tuple[int, str]]:
    if not records:
        return {}
    rows = [
        {
            "subdir": record.subdir,
            "file_name": record.file_name,
            "sha256": record.sha256,
            "size": record.size,
            "record": record.json,
            "run_exports": record.run_exports,
            "about": record.about,
        }
        for record in records
    ]
    check_spelling(connection, records)
    inserted = connection.execute(_ADD_FILES, rows)
    sha256 = {record.path: record.sha256 for record in records}
    numbers = {f"{subdir}/{file_name}": number for number, subdir, file_name in inserted}
    return {path: (number, sha256[path]) for path, number in numbers.items()}


def _change_rows(
    snapshot: int, change: Change, files: Mapping[str, tuple[int, str]]
) -> Iterator[dict[str, int | bool | str]]:
    added = {entry.path for entry in change.added}
    gone = [entry for entry in change.removed if entry.path not in added]
    for entries, is_added in ((change.added, True), (gone, False)):
        for entry in entries:
            yield {
                "snapshot": snapshot,
                "file": files[entry.path][0],
                "added": is_added,
                "indexed_at": entry.indexed_at,
                "sidecars": compact_json(entry.sidecars.digests) if entry.sidecars else "",
                "yanked": entry.yanked,
            }


def check_spelling(connection: Connection, records: Sequence[Record]) -> None:
    """Check that no name differs from another one only by case: disks of macOS and Windows keep one of them.

    Raises ConflictError that tells each.
    """
    spelt: dict[tuple[str, str], str] = {}
    for some in batches([record.file_name.lower() for record in records]):
        for subdir, file_name in connection.execute(_FILES_SPELT, {"names": some}):
            spelt[subdir, file_name.lower()] = file_name
    clashes = [
        Problem(
            what=f"differs from {record.subdir}/{other} only by upper and lower case",
            where=Where(file=record.path),
            hint="give it another build string; some systems can't keep both files",
        )
        for record in records
        if (other := spelt.setdefault((record.subdir, record.file_name.lower()), record.file_name)) != record.file_name
    ]
    if clashes:
        raise ConflictError.of(clashes)


def files_of(connection: Connection, records: Iterable[Record]) -> dict[str, tuple[int, str]]:
    """Give, by path, the number and the sha256 of the files that are known of these."""
    return {
        f"{subdir}/{file_name}": (number, sha256)
        for some in by_subdir(record.path for record in records)
        for number, subdir, file_name, sha256 in connection.execute(_FILES_AT, some)
    }


def by_subdir(paths: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Give the subdirs of some paths, each with file names, as a statement asks for them with an index's help.

    SQLite reads all rows when pairs of subdir and name are compared with pairs.
    """
    names: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        subdir, _, name = path.partition("/")
        names[subdir].append(name)
    for subdir, those in names.items():
        for some in batches(those):
            yield {"subdir": subdir, "names": some}


def batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Divide items into as many as one statement takes."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
