"""What the ledger knows of files over all time: which snapshots list them, and what nobody needs any more."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from ownconda.attestations.sidecars import SUFFIXES, Sidecars
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.ledger.reading import read_sidecars, read_snapshot
from ownconda.channels.ledger.schema import CHANGES, FILES, SNAPSHOTS, TAGS
from ownconda.channels.ledger.writing import batches
from ownconda.channels.snapshots import Snapshot
from ownconda.wires.database import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A file in a channel, as each snapshot from ``first`` until before ``end`` has it (None: until today's).

    ``package`` is the package's name, ``size`` the file's in bytes.
    """

    channel: str
    path: str
    package: str
    sha256: str
    size: int
    sidecars: Sidecars
    first: int
    end: int | None

    def places(self) -> Iterable[tuple[str, str]]:
        """Give what lies where below the channel's folder: the file and its sidecars, each with its sha256."""
        yield self.path, self.sha256
        for kind, sha256 in self.sidecars.digests.items():
            yield f"{self.path}{SUFFIXES[kind]}", sha256
            if kind == "signatures":
                yield f"{self.path}{SUFFIXES[kind]}.{sha256}", sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that ever was: each channel's snapshots in their order, the tagged ones, every file's spans.

    ``known`` are the checksums of all files that were ever listed or reserved, ``newest`` the newest snapshot's number.
    """

    snapshots: dict[str, list[Snapshot]]
    tagged: frozenset[int]
    spans: tuple[Span, ...]
    known: frozenset[str]
    newest: int


def read_past(ledger: Ledger) -> Past:
    """Read, at one moment, all that the ledger knows of the past. Raises BrokenChannelError."""
    changes = (
        select(
            SNAPSHOTS.c.channel,
            CHANGES.c.file,
            CHANGES.c.snapshot,
            CHANGES.c.added,
            CHANGES.c.sidecars,
            FILES.c.subdir,
            FILES.c.file_name,
            FILES.c.sha256,
            FILES.c.size,
            FILES.c.purged,
        )
        .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
        .join(FILES, FILES.c.id == CHANGES.c.file)
        .order_by(SNAPSHOTS.c.channel, CHANGES.c.file, CHANGES.c.snapshot)
    )
    with transaction(ledger.engine) as connection:
        rows = connection.execute(changes).all()
        snapshots: dict[str, list[Snapshot]] = {}
        for row in connection.execute(select(SNAPSHOTS).order_by(SNAPSHOTS.c.id)).mappings():
            snapshots.setdefault(row["channel"], []).append(read_snapshot(row))
        tagged = frozenset(connection.scalars(select(TAGS.c.snapshot)))
        newest = connection.scalar(select(func.max(SNAPSHOTS.c.id))) or 0
    return Past(
        snapshots=snapshots,
        tagged=tagged,
        spans=_spans(rows),
        known=frozenset(row.sha256 for row in rows) | {one for row in rows for one in _digests(row.sidecars)},
        newest=newest,
    )


def expire(ledger: Ledger, snapshots: Sequence[int]) -> None:
    """Note that snapshots have expired, but for those that have been tagged meanwhile."""
    tagged = select(TAGS.c.snapshot)
    with transaction(ledger.engine, immediate=True) as connection:
        for some in batches(snapshots):
            chosen = SNAPSHOTS.c.id.in_(some) & SNAPSHOTS.c.id.not_in(tagged)
            connection.execute(update(SNAPSHOTS).where(chosen).values(expired=True))


def entered_since(ledger: Ledger, snapshot: int) -> frozenset[str]:
    """Give the paths and the checksums of all that entered any channel by a newer snapshot."""
    query = (
        select(FILES.c.subdir, FILES.c.file_name, FILES.c.sha256, CHANGES.c.sidecars)
        .join(CHANGES, CHANGES.c.file == FILES.c.id)
        .where(CHANGES.c.snapshot > snapshot, CHANGES.c.added)
    )
    with transaction(ledger.engine) as connection:
        rows = connection.execute(query).all()
    paths = {f"{row.subdir}/{row.file_name}" for row in rows}
    return frozenset(paths | {row.sha256 for row in rows} | {one for row in rows for one in _digests(row.sidecars)})


def _spans(rows: Sequence[Any]) -> tuple[Span, ...]:
    following = (*rows[1:], None)
    return tuple(
        Span(
            channel=row.channel,
            path=f"{row.subdir}/{row.file_name}",
            package=row.file_name.rsplit("-", 2)[0],
            sha256=row.sha256,
            size=row.size,
            sidecars=read_sidecars(row.sidecars),
            first=row.snapshot,
            end=later.snapshot if later and (later.channel, later.file) == (row.channel, row.file) else None,
        )
        for row, later in zip(rows, following, strict=False)  # there may be none
        if row.added and not row.purged
    )


def _digests(sidecars: str) -> Iterable[str]:
    return json.loads(sidecars).values() if sidecars else ()
