"""Whether a forge's files are all there and are what the ledger says: in the store, and where clients find them."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ownconda.attestations.sidecars import SUFFIXES, split
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.beside import GONE, note_placed
from ownconda.channels.ledger.keeping import Past
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.opening import milliseconds
from ownconda.channels.shelf import shown_beside
from ownconda.channels.upkeep.faults import Cure, Fault, Found, finding, put_aside
from ownconda.channels.upkeep.garbage import bytes_had_again, had_again, inode
from ownconda.channels.upkeep.needs import Needs, ever_shown
from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.sources.checksums import COMMIT, checksum_at
from ownconda.stores.store import Store
from ownconda.wires.database import transaction
from ownconda.wires.files import link_or_copy, sha256_of

READERS = 4
"""Files that are read at once: a disk is quicker so."""

NOBODY = "0" * 64
"""The sha256 of nothing."""

UPLOAD_AGAIN = "upload the same file again, or put it back from a backup: ownconda forge restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is looked at: a forge's folder, its ledger and past, what its kept snapshots need and what lies beside."""

    folder: ForgeFolder
    store: Store
    ledger: Ledger
    past: Past
    needs: Needs
    lying: dict[str, str]

    def needed(self) -> Iterator[tuple[str, Path, str]]:
        """Give each place that clients need, with its channel and its sha256."""
        for channel, places in self.needs.places.items():
            root = self.folder.channel(channel)
            for place, sha256 in places.items():
                yield channel, root / place, sha256

    def beside(self) -> dict[Path, str]:
        """Give each place beside packages at which something lies, with its sha256."""
        return {self.folder.public / place: sha256 for place, sha256 in self.lying.items()}

    def shown(self) -> Iterator[tuple[Path, str]]:
        """Give each place at which clients are to find something, with its sha256."""
        yield from ((place, sha256) for _, place, sha256 in self.needed())
        yield from self.beside().items()


def changed_files(kept: Kept) -> Iterator[Found]:
    """Read all bytes of the store and find those that aren't what they were; they are put aside everywhere."""
    with ThreadPoolExecutor(READERS) as pool:
        paths = sorted(kept.store.near.places())
        for path, sha256 in zip(paths, pool.map(sha256_of, paths), strict=True):
            if sha256 != path.name:
                found = finding(kept.folder, Fault.CHANGED, path, f"its sha256 is {sha256}", UPLOAD_AGAIN)
                yield found, _putting_aside(kept, path)


def changed_objects(kept: Kept) -> Iterator[Found]:
    """Read all bytes of a store that is elsewhere, and find those that aren't what they were; they are removed."""
    if kept.store is kept.store.near:
        return
    digests = sorted(one.sha256 for one in kept.store.stored())
    with ThreadPoolExecutor(READERS) as pool:
        for sha256, found in zip(digests, pool.map(kept.store.digest_of, digests), strict=True):
            if found != sha256:
                what = f"in the object store its sha256 is {found}"
                told = finding(kept.folder, Fault.CHANGED, kept.store.path_of(sha256), what, UPLOAD_AGAIN)
                yield told, _forgetting_object(kept, sha256)


def _forgetting_object(kept: Kept, sha256: str) -> Cure:
    def cure() -> bool:
        kept.store.forget(sha256)
        return True  # whether a needed one is lost shows next

    return cure


def missing_files(kept: Kept) -> Iterator[Found]:
    """Find what the store lacks; it is taken again from wherever clients still find it whole."""
    places: dict[str, list[Path]] = {}
    for place, sha256 in kept.shown():
        places.setdefault(sha256, []).append(place)
    there = kept.store.sizes(places.keys())
    for sha256, shown in sorted(places.items()):
        if sha256 not in there:
            stored = kept.store.path_of(sha256)
            whole = next((one for one in (*shown, stored) if _is(one, sha256)), None)
            what = f"the store has lost it; it is {shown[0].relative_to(kept.folder.public)}"
            found = finding(kept.folder, Fault.MISSING, stored, what, UPLOAD_AGAIN)
            yield found, _taking_again(kept, whole, sha256) if whole else None


def lost_links(kept: Kept) -> Iterator[Found]:
    """Find places in which clients don't get what the store holds; it is shown there again."""
    links = _has_links(kept.folder)
    for place, sha256 in kept.shown():
        stored = kept.store.path_of(sha256)
        if stored.is_file() and not (place.exists() and place.samefile(stored)):
            what = _wrong(place, sha256, links=links)
            if what:
                yield finding(kept.folder, Fault.NO_LINK, place, what), _showing(kept.store, place, sha256)


def changed_sources(kept: Kept) -> Iterator[Found]:
    """Find upstream archives that aren't what their address says; they are put aside, and no more told of."""
    for path in sorted(kept.folder.sources.glob("*/*")):
        checksum = checksum_at(path.parent.name)
        if checksum and checksum.kind != COMMIT and checksum.of_file(path) != checksum:
            found = finding(kept.folder, Fault.CHANGED, path, f"isn't what its {checksum.kind} says", UPLOAD_AGAIN)
            stored = kept.store.path_of(kept.lying.get(path.relative_to(kept.folder.public).as_posix(), NOBODY))
            if stored.is_file() and checksum.of_file(stored) == checksum:
                yield found, _aside(kept, path)  # the right one is shown next
            else:
                yield found, _without(kept, path)


def _aside(kept: Kept, changed: Path) -> Cure:
    return lambda: put_aside(kept.folder, changed)


def _without(kept: Kept, lost: Path) -> Cure:
    def cure() -> bool:
        place = lost.relative_to(kept.folder.public).as_posix()
        with transaction(kept.ledger.engine, immediate=True) as connection:
            note_placed(connection, {place: GONE}, at=milliseconds())
        kept.lying.pop(place, None)
        return not put_aside(kept.folder, lost)

    return cure


def orphans(kept: Kept) -> Iterator[Found]:
    """Find packages, sidecars and bytes that the ledger doesn't know; they are put aside."""
    known = ever_shown(kept.past)
    for channel in sorted(kept.past.snapshots):
        root = kept.folder.channel(channel)
        for path in _packages_below(root):
            if str(path.relative_to(root)) not in known.get(channel, {}):
                yield _orphan(kept.folder, path, "no snapshot of the channel ever listed it")
    shown, named = bytes_had_again(kept.folder), kept.past.known | {*kept.lying.values()}
    for path in sorted(kept.store.near.places()):
        if path.name not in named and shown.isdisjoint((path.name, inode(path.stat()))):
            yield _orphan(kept.folder, path, "nobody refers to it")


def _packages_below(channel: Path) -> Iterator[Path]:
    for subdir in sorted(SUBDIRS):
        yield from (one for one in sorted((channel / subdir).glob("*")) if _is_package_or_sidecar(one.name))


def _is_package_or_sidecar(name: str) -> bool:
    if name.startswith("."):
        return False
    signatures = f"{SUFFIXES['signatures']}."
    named = split(name.rpartition(".")[0] if signatures in name else name)
    return (named[0] if named else name).endswith(EXTENSIONS)


def _orphan(folder: ForgeFolder, path: Path, what: str) -> Found:
    return finding(folder, Fault.ORPHANED, path, what), lambda: put_aside(folder, path)


def _putting_aside(kept: Kept, stored: Path) -> Cure:
    def cure() -> bool:
        """Let clients get nothing rather than something wrong, and the store take the right bytes again."""
        again = [place for place in had_again(kept.folder) if place.samefile(stored)]
        beside = [place for place in shown_beside(kept.folder) if place.samefile(stored)]
        same = [place for _, place, sha256 in kept.needed() if sha256 == stored.name and _is_same(place, stored)]
        for place in (*again, *beside, *same):
            place.unlink()
        if again:  # index files that list it are made again when somebody asks, and with them what they lack
            shutil.rmtree(kept.folder.tar_bz2_indexes, ignore_errors=True)
        put_aside(kept.folder, stored)
        return True  # whether one that is needed is lost shows next

    return cure


def _taking_again(kept: Kept, whole: Path, sha256: str) -> Cure:
    def cure() -> bool:
        with tempfile.TemporaryDirectory(dir=kept.folder.incoming) as beside:
            part = Path(beside) / sha256
            link_or_copy(whole, part)
            kept.store.take(part, sha256)
        return True

    return cure


def _showing(store: Store, place: Path, sha256: str) -> Cure:
    def cure() -> bool:
        store.show({place: sha256})
        return True

    return cure


def _wrong(place: Path, sha256: str, *, links: bool) -> str:
    if not place.exists():
        return "clients don't find it"
    if not _is(place, sha256):
        return "clients get something else than the store holds"
    return "is a copy of what the store holds, no link to it" if links else ""


def _has_links(folder: ForgeFolder) -> bool:
    """Tell whether the file system has hard links."""
    probe = folder.incoming / ".probe"
    try:
        probe.parent.mkdir(exist_ok=True)
        probe.unlink(missing_ok=True)
        probe.hardlink_to(folder.lock)
        probe.unlink()
    except OSError:
        return False
    return True


def _is(place: Path, sha256: str) -> bool:
    return place.is_file() and sha256_of(place) == sha256


def _is_same(place: Path, stored: Path) -> bool:
    return place.exists() and place.samefile(stored)
