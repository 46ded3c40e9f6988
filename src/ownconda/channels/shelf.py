"""The shelf: what lies beside packages where clients find it. The ledger is told first, and the folder follows it."""

import contextlib
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.beside import GONE, lying, newest_placed, note_placed, placed, read_placed
from ownconda.channels.ledger.following import check_leads
from ownconda.channels.ledger.ledger import Ledger
from ownconda.errors import Problem, Where
from ownconda.stores.store import LostError, Store
from ownconda.wires.database import transaction
from ownconda.wires.files import disk_error, sha256_of

INSTALLERS = (".sh", ".sh.sha256")
"""How the names of installers end, and of their checksums."""

UPLOAD_AGAIN = "upload it again, or put back the last backup of the forge's folder"


class Shelf:
    """Installers, sources and hosted documentation of an open forge; its methods may be called from any thread."""

    def __init__(self, folder: ForgeFolder, ledger: Ledger, store: Store, clock: Callable[[], int]) -> None:
        self._folder = folder
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._seen = 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else change what lies here while the block runs, on whichever machine. Raises OutsideError."""
        with self._lock, ExitStack() as stack:
            if self._depth == 0 and self._ledger.locks:
                stack.enter_context(self._ledger.locks.held(["beside"]))
                self.follow()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def show(self, files: Mapping[Path, str], *, gone: Collection[Path] = ()) -> None:
        """Let clients find at each place, in this order, the bytes of its sha256, and nothing at those that are gone.

        The bytes are in the store; a kill leaves the places as they were, or as they are to be. Raises FollowingError
        when another forge says what lies here, OutsideError when the disk refuses or the database is away.
        """
        places = {self._name(path): sha256 for path, sha256 in files.items()}
        places |= {self._name(path): GONE for path in gone if path not in files}
        with self.changing():
            with transaction(self._ledger.engine, immediate=True) as connection:
                check_leads(connection)
                note_placed(connection, places, at=self._clock())
            self.bring_about(places)

    def bring_about(self, places: Mapping[str, str]) -> None:
        """Let the folder be what the ledger was told of some places; bytes that the store lacks are passed over."""
        with self.changing():
            self._bring_about(places)

    def follow(self) -> None:
        """Bring here what other machines put on the shelf, where each has a folder of its own. Raises OutsideError."""
        if self._folder.is_shared:
            return
        with transaction(self._ledger.engine) as connection:
            noted = read_placed(connection, since=self._seen)
        fresh = [one for one in noted if not self._is(one.place, one.sha256)]  # a store that is away isn't asked
        for sha256 in sorted({one.sha256 for one in fresh} - {GONE}):
            with contextlib.suppress(LostError):
                self._store.local(sha256)
        with self._lock:
            newer = [one for one in fresh if one.number > self._seen]  # than what another thread brought meanwhile
            self._bring_about({one.place: one.sha256 for one in newer})
            self._seen = max([self._seen, *(one.number for one in noted)])

    def newest(self) -> int:
        """Give the number of the last change, which grows."""
        return newest_placed(self._ledger.engine)

    def lying(self) -> dict[str, str]:
        """Give what lies where below what clients see, by its sha256."""
        return lying(placed(self._ledger.engine))

    def learn(self) -> None:
        """Note what lies in the folder and was never noted: an older ownconda, or a restore, put it there."""
        with self.changing():
            known = {one.place for one in placed(self._ledger.engine)}
            fresh = unnoted(self._folder, self._store, known)
            if fresh:
                with transaction(self._ledger.engine, immediate=True) as connection:
                    note_placed(connection, fresh, at=self._clock())

    def settle(self) -> tuple[Problem, ...]:
        """Let the folder be as the ledger says, all of it, and tell what the store has lost. Raises OutsideError."""
        with self.changing():
            noted = {one.place: one.sha256 for one in placed(self._ledger.engine)}
            self.bring_about({place: sha256 for place, sha256 in noted.items() if not self._is(place, sha256)})
        there = self._store.sizes(frozenset(noted.values()) - {GONE})
        lost = [place for place, sha256 in noted.items() if sha256 != GONE and sha256 not in there]
        return tuple(_lost(self._folder.public / place) for place in sorted(lost))

    def _bring_about(self, places: Mapping[str, str]) -> None:
        public = self._folder.public
        wanted = {public / place: sha256 for place, sha256 in places.items() if sha256 != GONE}
        there = self._store.sizes(frozenset(wanted.values()))
        self._store.show({path: sha256 for path, sha256 in wanted.items() if sha256 in there})
        for place in [place for place, sha256 in places.items() if sha256 == GONE]:
            _remove(public / place, below=public)

    def _is(self, place: str, sha256: str) -> bool:
        path = self._folder.public / place
        return not path.exists() if sha256 == GONE else is_shown(path, sha256, self._store)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder.public).as_posix()


def is_shown(path: Path, sha256: str, store: Store) -> bool:
    """Tell whether clients find the bytes of a sha256 at a place; a copy, where there are no links, is read."""
    try:
        facts, kept = path.stat(), store.path_of(sha256).stat()
    except FileNotFoundError:
        return False
    if (facts.st_dev, facts.st_ino) == (kept.st_dev, kept.st_ino):
        return True
    return facts.st_nlink == 1 and facts.st_size == kept.st_size and sha256_of(path) == sha256


def unnoted(folder: ForgeFolder, store: Store, known: Collection[str]) -> dict[str, str]:
    """Give what of a store lies beside packages in a folder at places that aren't known, each with its sha256."""
    fresh = [place for place in _places(folder) if place not in known]
    digests = {place: sha256_of(folder.public / place) for place in fresh}
    return {place: sha256 for place, sha256 in digests.items() if store.holds(sha256)}


def shown_beside(folder: ForgeFolder) -> Iterator[Path]:
    """Give what clients find that no snapshot lists: upstream archives, hosted documentation, installers."""
    return (folder.public / place for place in _places(folder))


def _places(folder: ForgeFolder) -> Iterator[str]:
    yield from _files(folder.sources, "sources", below=1)
    yield from _files(folder.docs, "docs", below=2)
    yield from (one for one in _files(folder.public / "conda", "conda", below=1) if one.endswith(INSTALLERS))


def _files(folder: Path | str, place: str, *, below: int) -> Iterator[str]:
    """Give the files that lie so many folders below a folder, by their places; there may be many thousands."""
    try:
        with os.scandir(folder) as there:
            entries = sorted(there, key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for one in entries:
        if below and one.is_dir():
            yield from _files(one.path, f"{place}/{one.name}", below=below - 1)
        elif not below and one.name[0] != "." and one.is_file():
            yield f"{place}/{one.name}"


def _remove(path: Path, *, below: Path) -> None:
    """Remove a file, and folders that are empty without it."""
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        raise disk_error(error, path) from error
    for parent in path.parents:
        if parent.parent == below:
            return
        with contextlib.suppress(OSError):
            parent.rmdir()


def _lost(path: Path) -> Problem:
    return Problem(what="the store has lost this file", where=Where(file=path), hint=UPLOAD_AGAIN)
