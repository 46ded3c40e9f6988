"""Where a package comes from, as a forge knows it: the acts by which it entered channels, and its sources."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.ledger.reading import read_record, read_sidecars, read_snapshot
from ownconda.channels.ledger.schema import CHANGES, FILES, SNAPSHOTS
from ownconda.channels.snapshots import Snapshot
from ownconda.conda.package_about import SOURCES
from ownconda.conda.package_files import read_info
from ownconda.conda.package_origins import ORIGIN_FILES
from ownconda.conda.records import Record
from ownconda.errors import OwncondaError
from ownconda.sources.checksums import checksum_at
from ownconda.stores.store import Store
from ownconda.wires.database import transaction

LARGEST_FILE = 4 << 20
"""Bytes of one file that tells what a package was made from; larger ones aren't passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An act by which a channel listed a package, or, where ``left``, listed it no more."""

    snapshot: Snapshot
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A package, the acts of its channels in their order, and the sidecars that it has, by channel.

    ``made_from`` are the checksums of its sources, None where it doesn't say them.
    """

    record: Record
    entered: tuple[Entered, ...]
    sidecars: Mapping[str, Sidecars]
    made_from: tuple[str, ...] | None


def origins(ledger: Ledger, sha256: str, *, channels: Collection[str]) -> tuple[Origin, ...]:
    """Tell of the package with this sha256, and of those that were made from a source with it.

    Only what entered one of these channels is told, and only those channels. Raises BrokenChannelError.
    """
    query = select(FILES.c.id, FILES.c.record, FILES.c.file_name, FILES.c.run_exports, FILES.c.about)
    meant = or_(FILES.c.sha256 == sha256, FILES.c.about.like(f'%"{sha256}"%'))
    with transaction(ledger.engine) as connection:
        rows = connection.execute(query.where(FILES.c.purged == "", meant)).all()
        found = [_origin(connection, number, read_record(*facts), channels) for number, *facts in rows]
    told = [one for one in found if one.entered and (one.record.sha256 == sha256 or sha256 in (one.made_from or ()))]
    return tuple(sorted(told, key=lambda one: one.record.path))


def kept_among(folder: ForgeFolder, checksums: Iterable[str]) -> tuple[str, ...]:
    """Give those sources that the forge keeps of these checksums, as ``<checksum>/<file>``."""
    wanted = frozenset(checksums)
    return tuple(
        f"{place.parent.name}/{place.name}"
        for place in sorted(folder.sources.glob("*/*"))
        if (named := checksum_at(place.parent.name)) is not None and named.digest in wanted and place.is_file()
    )


def origin_files(store: Store, record: Record) -> Mapping[str, str]:
    """Give the files of a stored package that tell what it was made from; nothing of one that can't be read."""
    try:
        found = read_info(store.local(record.sha256), lambda one: one in ORIGIN_FILES, file_name=record.file_name)
    except (OwncondaError, OSError):
        return {}
    return {name: text.decode(errors="replace") for name, text in found.items() if len(text) <= LARGEST_FILE}


def _origin(connection: Connection, file: int, record: Record, channels: Collection[str]) -> Origin:
    listed = json.loads(record.about or "{}").get(SOURCES)
    query = select(SNAPSHOTS, CHANGES.c.added, CHANGES.c.yanked, CHANGES.c.sidecars)
    query = query.join(CHANGES, SNAPSHOTS.c.id == CHANGES.c.snapshot).where(CHANGES.c.file == file)
    query = query.where(SNAPSHOTS.c.channel.in_(channels)).order_by(SNAPSHOTS.c.id)
    entered: list[Entered] = []
    sidecars: dict[str, Sidecars] = {}
    for row in connection.execute(query).mappings():
        left = not row["added"] or row["yanked"]
        entered.append(Entered(snapshot=read_snapshot(row), left=left))
        sidecars[row["channel"]] = NONE if left else read_sidecars(row["sidecars"])
    return Origin(
        record=record,
        entered=tuple(entered),
        sidecars={channel: one for channel, one in sidecars.items() if one},
        made_from=None if listed is None else tuple(listed),
    )
