"""Copying a forge to another place while it runs, so that it can be put back from there.

The ledger is copied first, at one moment, then all that this copy names; a file that is there already isn't copied
again. What the backup is stands in its manifest, which is written last: until then it is the one before.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.beside import Placed, lying, placed
from ownconda.channels.ledger.keeping import read_past
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.ledger.schema import no_forge
from ownconda.channels.opening import checked_place
from ownconda.channels.shelf import unnoted
from ownconda.channels.upkeep.keeping import keeping
from ownconda.channels.upkeep.migrating import copy_into_file
from ownconda.channels.upkeep.needs import kept_snapshots, needs_of
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.stores.directory import DirectoryStore
from ownconda.stores.store import Store
from ownconda.wires.database import copy_database
from ownconda.wires.database_server import Locks, Server
from ownconda.wires.files import disk_error, exclusive_lock, make_folder, sha256_of, write_atomically

MANIFEST = "backup.json"
SETTINGS = "ownconda.toml"
VERSION = 1
COPIERS = 4
"""Files that are copied or read at once."""

TRIES = 3
"""How often the ledger is copied again when it names what was purged meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is: when it was made, its ledger's file and sha256, and what lies in the forge beside packages.

    ``at`` is in milliseconds since 1970; ``beside`` gives places below ``public`` the sha256 of what is there.
    """

    at: int
    ledger: str
    sha256: str
    beside: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup came to: its files, how many of them are new, with their bytes, and those that the forge lost."""

    files: int
    new: int
    new_size: int
    lost: tuple[str, ...]


def back_up(folder: ForgeFolder, destination: Path, *, at: int, check_all: bool = False) -> BackedUp:
    """Copy a forge, which may be running; what is new is read again, with ``check_all`` everything.

    It waits while files are being removed that nobody needs, and keeps them from being removed meanwhile. Raises
    WrongInputError when there is no forge, or the destination holds something else; OutsideError when another backup is
    being made there, or a disk refuses.
    """
    if not folder.is_there:
        raise no_forge(folder.ledger)
    checked_place(folder)
    _check_destination(folder, destination)
    make_folder(destination)
    try:
        with (
            exclusive_lock(destination / "lock", busy=_busy(destination)),
            _locks(folder) as locks,
            keeping(folder, locks),
        ):
            return _back_up(folder, destination, at, check_all=check_all)
    except OSError as error:
        raise disk_error(error, destination) from error


@contextmanager
def _locks(folder: ForgeFolder) -> Iterator[Locks | None]:
    locks = Locks(folder.database) if folder.database else None
    try:
        yield locks
    finally:
        if locks:
            locks.close()


def read_manifest(destination: Path) -> Manifest:
    """Read what a backup is. Raises WrongInputError when there is none, or it is of a newer ownconda."""
    try:
        fields = json.loads((destination / MANIFEST).read_bytes())
        if fields.pop("version") != VERSION:
            raise WrongInputError(
                "is a backup of a newer ownconda", where=Where(file=destination), hint="use the version that made it"
            )
        return Manifest(**fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "ownconda forge backup makes one"
        raise WrongInputError("there is no backup here", where=Where(file=destination), hint=hint) from error


def store_of(destination: Path) -> DirectoryStore:
    """Give the store of a backup's files."""
    return DirectoryStore(root=destination / "files")


def sound(store: DirectoryStore, digests: Collection[str]) -> dict[str, bool]:
    """Read files of a store to their end, and tell of each whether it is what it was."""
    with ThreadPoolExecutor(COPIERS) as pool:
        return dict(zip(digests, pool.map(lambda one: _is_sound(store, one), digests), strict=True))


def _back_up(folder: ForgeFolder, destination: Path, at: int, *, check_all: bool) -> BackedUp:
    store, kept = folder.store(), store_of(destination)
    before = {path.name for path in kept.places()}
    for _ in range(TRIES):
        ledger, sha256 = _copied_ledger(folder, destination)
        needed, noted = _needed(destination / ledger)
        beside = lying(noted) | unnoted(folder, store, {one.place for one in noted})
        needed |= set(beside.values())
        lost = _copy(store, kept, needed)
        if not lost:
            break
    found = sound(kept, sorted((needed if check_all else needed - before) - lost))
    for damaged in (one for one, is_sound in found.items() if not is_sound):
        kept.discard(damaged)
        lost.add(damaged)
    manifest = Manifest(at=at, ledger=ledger, sha256=sha256, beside=beside)
    _copy_settings(folder, destination)
    write_atomically(destination / MANIFEST, json.dumps({"version": VERSION} | asdict(manifest), indent=1).encode())
    _forget(destination, kept, ledger, needed)
    new = needed - before - lost
    size = sum(kept.path_of(one).stat().st_size for one in new)
    return BackedUp(files=len(needed - lost), new=len(new), new_size=size, lost=tuple(sorted(lost)))


def _copied_ledger(folder: ForgeFolder, destination: Path) -> tuple[str, str]:
    """Copy the ledger, and give the copy's name and sha256."""
    fresh = destination / "ledger.part"
    fresh.unlink(missing_ok=True)
    if folder.database is None:
        copy_database(folder.ledger, fresh)
    else:
        _copy_from_server(folder.database, fresh)
    open_ledger(fresh).close()  # one of an older ownconda becomes one of this
    sha256 = sha256_of(fresh)
    name = f"ledger-{sha256[:16]}.sqlite"
    fresh.replace(destination / name)
    return name, sha256


def _copy_from_server(server: Server, fresh: Path) -> None:
    ledger = open_ledger(server)
    try:
        copy_into_file(ledger.engine, fresh)
    finally:
        ledger.close()


def _needed(ledger: Path) -> tuple[set[str], tuple[Placed, ...]]:
    """Give the checksums of all that a ledger's kept snapshots name, and what it says of what lies beside packages."""
    opened = open_ledger(ledger)
    try:
        past, noted = read_past(opened), placed(opened.engine)
    finally:
        opened.close()
    return set(needs_of(past, kept_snapshots(past, {}), ()).digests), noted


def _copy(store: Store, kept: DirectoryStore, needed: Iterable[str]) -> set[str]:
    """Copy what isn't there yet, and give what the forge has lost."""
    missing = sorted(one for one in needed if not kept.holds(one))
    with ThreadPoolExecutor(COPIERS) as pool:
        copied = pool.map(lambda one: _copy_one(store, kept, one), missing)
        return {sha256 for sha256, is_there in zip(missing, copied, strict=True) if not is_there}


def _copy_one(store: Store, kept: DirectoryStore, sha256: str) -> bool:
    if not store.holds(sha256):
        return False
    store.copy_out(sha256, kept.path_of(sha256))
    return True


def _copy_settings(folder: ForgeFolder, destination: Path) -> None:
    settings = folder.root / SETTINGS
    if settings.is_file():
        write_atomically(destination / SETTINGS, settings.read_bytes(), mode=0o600)


def _forget(destination: Path, kept: DirectoryStore, ledger: str, needed: Collection[str]) -> None:
    """Remove what this backup doesn't name any more; what was purged mustn't be here either."""
    for old in destination.glob("ledger*"):
        if old.name != ledger:
            old.unlink()
    for path in kept.root.glob("??/*"):
        if path.name not in needed:
            path.unlink()


def _is_sound(store: DirectoryStore, sha256: str) -> bool:
    path = store.path_of(sha256)
    return path.is_file() and sha256_of(path) == sha256


def _check_destination(folder: ForgeFolder, destination: Path) -> None:
    where = Where(file=destination)
    if destination.resolve().is_relative_to(folder.root.resolve()):
        raise WrongInputError("a backup within the forge's folder would be lost with it", where=where)
    others = [one.name for one in destination.iterdir()] if destination.is_dir() else []
    if set(others) - {"lock", "files"} and not any(name.startswith(("ledger", MANIFEST)) for name in others):
        raise WrongInputError("this folder holds something else", where=where, hint="choose an empty or a new folder")


def _busy(place: Path) -> OutsideError:
    return OutsideError(
        "another backup is being made here",
        where=Where(file=place),
        hint="wait until that is done, then run the same command again",
    )
