"""What the packages of a forge were made from: the checksums of sources, as each package says itself.

They are noted when a package is admitted. Packages that came before that are read once, and noted then.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from ownconda.channels.channels import Channels
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.ledger.schema import FILES
from ownconda.channels.ledger.writing import batches
from ownconda.conda.package_about import SOURCES
from ownconda.conda.package_files import read_info
from ownconda.conda.package_origins import ORIGIN_FILES, source_checksums
from ownconda.conda.records import compact_json
from ownconda.errors import OwncondaError
from ownconda.stores.store import Store
from ownconda.wires.database import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFrom:
    """The ``checksums`` that packages name as those of their sources, and the packages that say nothing of theirs."""

    checksums: frozenset[str]
    silent: tuple[str, ...]


def made_from(channels: Channels, packages: Collection[str]) -> MadeFrom:
    """Tell what those packages were made from that have one of these sha256."""
    checksums: set[str] = set()
    silent: list[str] = []
    for path, sources in _sources(channels, packages).items():
        if sources is None:
            silent.append(path)
        else:
            checksums.update(sources)
    return MadeFrom(checksums=frozenset(checksums), silent=tuple(sorted(silent)))


def _sources(channels: Channels, packages: Collection[str]) -> Mapping[str, Collection[str] | None]:
    query = select(FILES.c.id, FILES.c.subdir, FILES.c.file_name, FILES.c.sha256, FILES.c.about)
    with transaction(channels.ledger.engine) as connection:
        rows = [row for row in connection.execute(query.where(FILES.c.purged == "")) if row.sha256 in packages]
    facts = {row.id: json.loads(row.about or "{}") for row in rows}
    for some in batches([row for row in rows if SOURCES not in facts[row.id]]):
        fresh = {row.id: facts[row.id] | _read(channels.store, row.sha256, row.file_name) for row in some}
        _note(channels.ledger, fresh)
        facts |= fresh
    return {f"{row.subdir}/{row.file_name}": facts[row.id].get(SOURCES) for row in rows}


def _read(store: Store, sha256: str, name: str) -> Mapping[str, object]:
    """Read what a package was made from, as a fact of it; none when it says nothing, or can't be read."""
    try:
        found = source_checksums(read_info(store.local(sha256), lambda one: one in ORIGIN_FILES, file_name=name))
    except (OwncondaError, OSError):  # it is damaged or lost, which `fsck` tells
        return {}
    return {} if found is None else {SOURCES: list(found)}


def _note(ledger: Ledger, facts: Mapping[int, Mapping[str, object]]) -> None:
    with transaction(ledger.engine, immediate=True) as connection:
        for file, told in facts.items():
            if SOURCES in told:
                connection.execute(update(FILES).where(FILES.c.id == file).values(about=compact_json(told)))
