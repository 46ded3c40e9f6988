"""Purging: a file that must not exist is made to be no more, and its name stays taken."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.caches.kept_files import kept_files
from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.notes import Purged
from ownconda.channels.snapshots import Change, MissingError, State
from ownconda.channels.tar_bz2.twins import forget, twin_path
from ownconda.errors import WrongInputError
from ownconda.stores.store import Store
from ownconda.wires.files import disk_error, exclusive_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """The file that goes, and the change in each channel that ever listed it."""

    path: str
    sha256: str
    changes: Mapping[str, Change]

    @property
    def sidecars(self) -> frozenset[str]:
        """The sha256 of what stands beside it."""
        gone = (entry for change in self.changes.values() for entry in change.removed)
        return frozenset(digest for entry in gone for digest in entry.sidecars.digests.values())


def purge_of(file: str, ledger: Ledger, states: Sequence[State]) -> Purge:
    """Decide what purging a file does, named as ``<subdir>/<file name>`` or by its file name alone.

    Raises MissingError when it was never here or is purged already, WrongInputError when several are called so.
    """
    subdir, _, file_name = file.rpartition("/")
    found = ledger.files_named(file_name)
    named = {path: sha256 for path, sha256 in found.items() if not subdir or path == file}
    if not named:
        raise MissingError(f"no channel ever had a file {file!r}", hint="`ownconda channel show` lists paths")
    if len(named) > 1:
        raise WrongInputError(f"{file!r} may be {' or '.join(sorted(named))}", hint="name it with its subdir")
    [(path, sha256)] = named.items()
    before = ledger.purged(path)
    if before:
        raise MissingError(f"{path} was purged already: {before[path].reason}")
    listing = set(ledger.channels_of(path))
    changes = {
        state.snapshot.channel: Change(removed=tuple(filter(None, [state.contents.get(path)])))
        for state in states
        if state.snapshot.channel in listing
    }
    return Purge(path=path, sha256=sha256, changes=changes)


def erase(purged: Purged, folder: ForgeFolder, store: Store, channels: Sequence[str]) -> None:
    """Remove the bytes of a purged file, and what stands beside it, from everywhere. Raises OutsideError.

    It may be called again for one that is gone already.
    """
    try:
        for channel in channels:
            place = folder.channel(channel) / purged.path
            for beside in (place, *(place.with_name(f"{place.name}{suffix}") for suffix in SUFFIXES.values())):
                beside.unlink(missing_ok=True)
            for signatures in place.parent.glob(f"{place.name}{SUFFIXES['signatures']}.*"):
                signatures.unlink(missing_ok=True)
        for kept in kept_files(folder):
            if kept.path == purged.path and kept.sha256 == purged.sha256:
                kept.drop()
        for twin in (folder.public / "conda").glob(f"*{TAR_BZ2}/{twin_path(purged.path)}"):
            twin.unlink()
        forget(folder, store, purged.sha256)
        store.discard(purged.sha256)
        with exclusive_lock(folder.views_lock):
            shutil.rmtree(folder.views, ignore_errors=True)  # they may list it; made again when asked for
    except OSError as error:
        raise disk_error(error, folder.root) from error
