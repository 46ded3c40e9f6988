"""All caches of a forge, held open: what is asked for elsewhere is asked for once, however many ask here."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from ownconda.channels.caches.cached_index import CachedIndex
from ownconda.channels.caches.kept_files import KeptFile, kept_file, kept_files
from ownconda.channels.caches.letting_through import Known
from ownconda.channels.caches.terms import CacheTerms
from ownconda.channels.caches.transfers import Transfer
from ownconda.channels.folder import ForgeFolder
from ownconda.errors import OutsideError
from ownconda.stores.directory import DirectoryStore
from ownconda.wires.files import make_folder
from ownconda.wires.http import session
from ownconda.wires.outward import outward_pools

_log = logging.getLogger(__name__)

INDEXES_AT_ONCE, PACKAGES_AT_ONCE = 4, 8
SECONDS_BETWEEN_TRIES = 30
"""For so long nobody is asked again who didn't answer, when there is an index to serve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of looking for the index of a subdir: whether there is one, and since when (ms) it is known to be it.

    ``stale`` says why it isn't known to be the newest.
    """

    is_there: bool
    answered: int = 0
    stale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Somebody looks for an index: when that began (seconds of `time.monotonic`), and what will come of it."""

    began: float
    future: Future[Looked]


class Caches:
    """The caches of a forge; its methods may be called from any thread."""

    def __init__(
        self,
        terms: Sequence[CacheTerms],
        folder: ForgeFolder,
        store: DirectoryStore,
        *,
        ca_file: Path | None,
        clock: Callable[[], int],
    ) -> None:
        self.terms = {one.name: one for one in terms}
        self.folder = folder
        self.store = store
        self._clock = clock
        self._asking: dict[str, requests.Session] = {
            one.name: session(ca_file=ca_file, retries=0, pools=outward_pools(urlsplit(one.url).hostname or ""))
            for one in terms
        }
        self._index_pool = ThreadPoolExecutor(INDEXES_AT_ONCE, "cache-index")
        self._package_pool = ThreadPoolExecutor(PACKAGES_AT_ONCE, "cache-package")
        self._lock = threading.Lock()
        self._indexes: dict[tuple[str, str], CachedIndex] = {}
        self._looking: dict[tuple[str, str], Looking] = {}
        self._looked: dict[tuple[str, str], tuple[int, Looked]] = {}
        self._transfers: dict[KeptFile, Transfer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index_pool.shutdown(wait=False, cancel_futures=True)
        self._package_pool.shutdown(wait=False, cancel_futures=True)
        for asking in self._asking.values():
            asking.close()

    def index(self, cache: str, subdir: str) -> Looking:
        """Look for the index of a subdir, which then lies in `index_folder`: who asks meanwhile waits for the same.

        The future raises OutsideError when nobody answers and there is no older one.
        """
        key = (cache, subdir)
        with self._lock:
            if key in self._looking:
                return self._looking[key]
            looked = self._believed(key)
            if looked is not None:
                return _done(looked)
            looking = Looking(began=time.monotonic(), future=self._index_pool.submit(self._look, key))
            self._looking[key] = looking
        looking.future.add_done_callback(lambda _: self._looking.pop(key, None))
        return looking

    def older(self, cache: str, subdir: str) -> Looked | None:
        """Give what is there while it is being looked for news, if anything is."""
        index = self._index(cache, subdir)
        if not index.is_current(self._clock()):
            return None
        return Looked(is_there=True, answered=index.answered, stale="the channel hasn't answered yet")

    def index_folder(self, cache: str) -> Path:
        """Give the folder in which the index files of a cache's subdirs lie."""
        return self.folder.caches / cache

    def package(
        self, cache: str, subdir: str, name: str, *, check_room: Callable[[int], None]
    ) -> KeptFile | Transfer | None:
        """Give a package that is kept, or one that is on its way from now on; None when there is none.

        The index of its subdir has been looked for before; ``check_room`` is asked before anything is fetched. Raises
        what that raises, and OutsideError when the disk refuses.
        """
        known, kept = self._index(cache, subdir).listed(name), kept_file(self.folder, cache, subdir, name)
        sha256 = kept.sha256
        if known is None and sha256:  # not listed any more: who locked it may still have it
            return kept
        if known is None or not known.shown:
            return None
        if sha256 != known.sha256:
            self.store.taken.note(known.sha256)  # so that nobody removes what is there
            if not self.store.holds(known.sha256):
                check_room(known.size)
                return self._transfer(kept, known)
            kept.show(self.store, known.sha256)
        kept.use()
        return kept

    def size_of(self, cache: str, subdir: str, name: str) -> tuple[int, str]:
        """Give the size and sha256 of a package that is known to be shown; 0 where the index has to be asked for."""
        index = self._index(cache, subdir)
        known = index.listed(name) if index.is_current(self._clock()) else None
        return (known.size, known.sha256) if known and known.shown else (0, "")

    def figures(self, cache: str) -> tuple[int, int]:
        """Tell how many packages are kept, and their bytes."""
        sizes = [one.size for one in kept_files(self.folder, cache)]
        return len(sizes), sum(sizes)

    def _believed(self, key: tuple[str, str]) -> Looked | None:
        """Give what was found when it was looked last, unless that is too long ago."""
        index, terms, now = self._index(*key), self.terms[key[0]], self._clock()
        at, looked = self._looked.get(key, (index.answered, Looked(is_there=True, answered=index.answered)))
        if looked.is_there and not index.is_current(now):
            return None
        fresh = SECONDS_BETWEEN_TRIES * 1000 if looked.stale else terms.fresh
        return looked if 0 <= now - at < fresh else None

    def _look(self, key: tuple[str, str]) -> Looked:
        index = self._index(*key)
        try:
            is_there = index.refresh(self._asking[key[0]], now=self._clock())
            looked = Looked(is_there=is_there or index.is_there, answered=index.answered)
            if index.is_there and not is_there:
                looked = Looked(is_there=True, answered=index.answered, stale="the channel has no such subdir any more")
        except OutsideError as error:
            if not index.is_there:
                raise
            looked = Looked(is_there=True, answered=index.answered, stale=str(error))
        self._tell(key, looked)
        self._looked[key] = self._clock(), looked
        if not looked.stale:
            self._drop_changed(key)
        return looked

    def _tell(self, key: tuple[str, str], looked: Looked) -> None:
        """Write to the log when an index begins to be stale, and when it is that no more."""
        _, before = self._looked.get(key, (0, Looked(is_there=False)))
        if looked.stale and not before.stale:
            _log.warning("the cache %s goes on with what it has: %s", "/".join(key), looked.stale)
        elif before.stale and not looked.stale:
            _log.info("the cache %s is fresh again", "/".join(key))

    def _drop_changed(self, key: tuple[str, str]) -> None:
        """Let nobody get by its name what is listed with other contents by now, or isn't let through any more."""
        index = self._index(*key)
        for kept in kept_files(self.folder, *key):
            known = index.listed(kept.place.name)
            if known is not None and (not known.shown or known.sha256 != kept.sha256):
                kept.drop()

    def _index(self, cache: str, subdir: str) -> CachedIndex:
        key = (cache, subdir)
        if key not in self._indexes:
            self._indexes.setdefault(key, CachedIndex(self.terms[cache], self.index_folder(cache), subdir))
        index = self._indexes[key]
        if key not in self._looking:
            index.follow()
        return index

    def _transfer(self, kept: KeptFile, known: Known) -> KeptFile | Transfer:
        make_folder(self.folder.incoming)
        with self._lock:
            running = self._transfers.get(kept)
            if running is not None:
                return running
            part = self.folder.incoming / f"cache-{secrets.token_hex(16)}"  # two names may have the same content
            if self.store.holds(known.sha256):  # it arrived just now
                kept.show(self.store, known.sha256)
                return kept
            transfer = self._transfers[kept] = Transfer(known, part, self.store)
            running_to_its_end = self._package_pool.submit(transfer.run, self._asking[kept.cache], kept)
        running_to_its_end.add_done_callback(lambda _: self._ended(kept, transfer))
        return transfer

    def _ended(self, kept: KeptFile, transfer: Transfer) -> None:
        self._transfers.pop(kept, None)
        if transfer.error is not None:  # what the index says may be old: it is asked for again
            _log.warning("the cache %s didn't get %s: %s", kept.cache, kept.path, transfer.error)
            key = (kept.cache, kept.place.parent.name)
            _, before = self._looked.get(key, (0, Looked(is_there=True)))
            self._looked[key] = 0, before


def _done(looked: Looked) -> Looking:
    future: Future[Looked] = Future()
    future.set_result(looked)
    return Looking(began=time.monotonic(), future=future)
