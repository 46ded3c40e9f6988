"""Sidecars of packages in a forge: taken into the store, and shown beside the packages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.attestations.bundles import joined
from ownconda.attestations.sidecars import NONE, SUFFIXES, Sidecars
from ownconda.channels.snapshots import Contents
from ownconda.conda.records import Record
from ownconda.errors import Where, WrongInputError
from ownconda.stores.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A package that was received and read to its end, in the forge's folder ``incoming``, with sidecars by kind."""

    file: Path
    record: Record
    sidecars: Mapping[str, Path] = field(default_factory=dict)


def take_sidecars(contents: Contents, arrival: Arrival, store: Store) -> Sidecars:
    """Keep what came with a package, and tell what sidecars it has in the channel then.

    One that is there stays as it is: a second claim of the same kind says nothing that anybody could check. Signed
    ones are appended (CEP 50). Raises WrongInputError when they become too many.
    """
    listed = contents.get(arrival.record.path)
    before = listed.sidecars if listed is not None else NONE
    digests = before.digests
    for kind, file in arrival.sidecars.items():
        if kind == "signatures":
            digests[kind] = _appended(before.signatures, file, arrival.record, store)
        elif kind not in digests:
            digests[kind] = store.keep(file.read_bytes())
    return Sidecars(**digests)


def shown_files(folder: Path, contents: Contents) -> dict[Path, str]:
    """Give what clients find below a channel's folder: packages and sidecars, each place with its sha256.

    Signatures are at two addresses; the one that never changes its meaning comes first (CEP 50).
    """
    places: dict[Path, str] = {}
    for path, entry in contents.items():
        places[folder / path] = entry.record.sha256
        for kind, sha256 in entry.sidecars.digests.items():
            name = f"{path}{SUFFIXES[kind]}"
            if kind == "signatures":
                places[folder / f"{name}.{sha256}"] = sha256
            places[folder / name] = sha256
    return places


def _appended(previous: str, file: Path, record: Record, store: Store) -> str:
    try:
        return store.keep(joined(store.read(previous) if previous else b"", file.read_bytes()))
    except ValueError as error:
        raise WrongInputError(str(error), where=Where(file=f"{record.file_name}{SUFFIXES['signatures']}")) from error
