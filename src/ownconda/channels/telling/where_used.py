"""Where packages are used: which others need them, in which channels and snapshots, and who holds them outside."""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from ownconda.channels.gate.needs import accepting, name_of, requirements
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.ledger.reading import read_record
from ownconda.channels.ledger.schema import CHANGES, FILES, SNAPSHOTS
from ownconda.channels.ledger.writing import batches
from ownconda.channels.telling.reports import Report, holders
from ownconda.conda.match_specs import chooser
from ownconda.conda.names import NOARCH
from ownconda.conda.package_about import CARRIED, LIBRARIES
from ownconda.conda.package_libraries import is_copy_of
from ownconda.conda.records import Record
from ownconda.errors import WrongInputError
from ownconda.wires.database import transaction

_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+)(?=$|[\s\[=<>!~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A channel lists a package from one of its snapshots on, until another one (None: it still does)."""

    channel: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A package, and where it is or was listed; of one that needs the others: by which requirements.

    ``copies`` are the files of one that carries copies of the others' libraries.
    """

    record: Record
    spans: tuple[Span, ...]
    needs: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What a spec chooses, what needs that, what carries copies of its libraries, and what was reported to hold it."""

    chosen: tuple[Listed, ...]
    dependents: tuple[Listed, ...]
    carriers: tuple[Listed, ...]
    holders: tuple[Report, ...]


def where_used(ledger: Ledger, spec: str, *, channels: Collection[str] | None = None) -> Uses:
    """Tell where the packages that a match spec chooses are used, in some channels (or all) and their snapshots.

    Raises WrongInputError for what is no spec, or chooses nothing that there ever was.
    """
    chooses = chooser(spec)
    exact = _NAME.match(spec)
    with transaction(ledger.engine) as connection:
        records = _records(connection, exact[1] if exact else "")
        chosen = {number: record for number, record in records.items() if chooses(record)}
        needs = dependents(records, chosen.values())
        copies = carriers(_carrying(connection), chosen.values())
        records |= _read(connection, [number for number in copies if number not in records])
        spans = _spans(connection, [*chosen, *needs, *copies])
    if channels is not None:
        spans = {file: tuple(one for one in some if one.channel in channels) for file, some in spans.items()}
        chosen = {file: record for file, record in chosen.items() if spans.get(file)}
        needs, copies = ({file: why for file, why in some.items() if spans.get(file)} for some in (needs, copies))
    if not chosen:
        raise WrongInputError(f"nothing matches {spec!r}", hint="`ownconda channel show` lists what a channel has")
    return Uses(
        chosen=_listed(dict.fromkeys(chosen, ()), records, spans),
        dependents=_listed(needs, records, spans),
        carriers=tuple(replace(one, needs=(), copies=one.needs) for one in _listed(copies, records, spans)),
        holders=holders(ledger.engine, {record.sha256 for record in chosen.values()}),
    )


def dependents(records: Mapping[int, Record], chosen: Iterable[Record]) -> dict[int, tuple[str, ...]]:
    """Tell which records have requirements that one of the chosen can meet, and which those are."""
    by_name: defaultdict[str, list[Record]] = defaultdict(list)
    for record in chosen:
        by_name[record.name].append(record)
    found = {
        number: tuple(spec for spec in requirements(record) if _meets(spec, record, by_name.get(name_of(spec), ())))
        for number, record in records.items()
    }
    return {number: specs for number, specs in found.items() if specs}


def carriers(carried: Mapping[int, Sequence[str]], chosen: Iterable[Record]) -> dict[int, tuple[str, ...]]:
    """Tell which packages, of which carried libraries are given, carry copies of what the chosen ones have."""
    about = {record.name: json.loads(record.about or "{}").get(LIBRARIES, ()) for record in chosen}
    found = {
        number: tuple(file for file in files if any(is_copy_of(file, stems, name) for name, stems in about.items()))
        for number, files in carried.items()
    }
    return {number: files for number, files in found.items() if files}


def _meets(spec: str, needing: Record, candidates: Sequence[Record]) -> bool:
    """Tell whether one of these packages of a name meets a requirement, on a machine that both are for."""
    accepts = accepting(spec)
    together = [one for one in candidates if one.subdir == needing.subdir or NOARCH in {one.subdir, needing.subdir}]
    return any(accepts(one.version, one.build) for one in together)


def _records(connection: Connection, name: str) -> dict[int, Record]:
    """Read all records in which a name is mentioned; without a name, all that there are."""
    query = select(FILES.c.id, FILES.c.record, FILES.c.file_name, FILES.c.run_exports, FILES.c.about)
    query = query.where(FILES.c.purged == "")
    if name:
        query = query.where(FILES.c.record.ilike(f"%{name}%"))
    return {number: read_record(*facts) for number, *facts in connection.execute(query)}


def _carrying(connection: Connection) -> dict[int, Sequence[str]]:
    """Give the libraries that packages carry, as far as any do."""
    query = select(FILES.c.id, FILES.c.about).where(FILES.c.purged == "", FILES.c.about.like(f'%"{CARRIED}":%'))
    return {number: json.loads(about).get(CARRIED, ()) for number, about in connection.execute(query)}


def _read(connection: Connection, files: Sequence[int]) -> dict[int, Record]:
    query = select(FILES.c.id, FILES.c.record, FILES.c.file_name, FILES.c.run_exports, FILES.c.about)
    return {
        number: read_record(*facts)
        for some in batches(files)
        for number, *facts in connection.execute(query.where(FILES.c.id.in_(some)))
    }


def _spans(connection: Connection, files: Sequence[int]) -> dict[int, tuple[Span, ...]]:
    """Tell from the changes of each file from when to when it was listed where."""
    changes: defaultdict[tuple[int, str], list[tuple[int, bool]]] = defaultdict(list)
    query = select(CHANGES.c.file, SNAPSHOTS.c.channel, CHANGES.c.snapshot, CHANGES.c.added, CHANGES.c.yanked)
    query = query.join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot).order_by(CHANGES.c.snapshot)
    for some in batches(files):
        for file, channel, snapshot, added, yanked in connection.execute(query.where(CHANGES.c.file.in_(some))):
            changes[file, channel].append((snapshot, added and not yanked))
    found: defaultdict[int, list[Span]] = defaultdict(list)
    kept = _kept_snapshots(connection)
    for file, channel in sorted(changes):
        found[file] += _clipped(_folded(channel, changes[file, channel]), kept[channel])
    return {file: tuple(spans) for file, spans in found.items()}


def _kept_snapshots(connection: Connection) -> Mapping[str, list[int]]:
    kept: defaultdict[str, list[int]] = defaultdict(list)
    query = select(SNAPSHOTS.c.channel, SNAPSHOTS.c.id).where(~SNAPSHOTS.c.expired).order_by(SNAPSHOTS.c.id)
    for channel, number in connection.execute(query):
        kept[channel].append(number)
    return kept


def _clipped(spans: Iterable[Span], kept: Sequence[int]) -> Iterator[Span]:
    """Let each span begin with a snapshot that is kept; one in which none is isn't told."""
    for span in spans:
        place = bisect_left(kept, span.since)
        if place < len(kept) and (span.until is None or kept[place] < span.until):
            yield replace(span, since=kept[place])


def _folded(channel: str, changes: Iterable[tuple[int, bool]]) -> Iterator[Span]:
    """Join what became of a file in one channel, snapshot by snapshot, to spans; a yanked one isn't offered."""
    since: int | None = None
    for snapshot, offered in changes:
        if offered and since is None:
            since = snapshot
        elif not offered and since is not None:
            yield Span(channel=channel, since=since, until=snapshot)
            since = None
    if since is not None:
        yield Span(channel=channel, since=since)


def _listed(
    needs: Mapping[int, tuple[str, ...]], records: Mapping[int, Record], spans: Mapping[int, tuple[Span, ...]]
) -> tuple[Listed, ...]:
    told = [Listed(record=records[file], spans=spans.get(file, ()), needs=specs) for file, specs in needs.items()]
    return tuple(sorted(told, key=lambda one: one.record.path))
