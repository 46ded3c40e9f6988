"""A package on its way into a cache, read along by everybody who asked for it."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import IO

import requests

from ownconda.channels.caches.kept_files import KeptFile
from ownconda.channels.caches.letting_through import Known
from ownconda.errors import OwncondaError, Where
from ownconda.stores.directory import DirectoryStore
from ownconda.wires.fetching import NotThereError, OtherContentError, arriving
from ownconda.wires.files import disk_error
from ownconda.wires.http import reached, redacted

HELD_BACK = 1 << 16
"""Bytes at a file's end that nobody gets before its sha256 is known to be right: who has less than all has nothing."""

_NOT_THERE = (requests.codes.not_found, requests.codes.gone)


class Transfer:
    """Fetches one file, in one thread (`run`); any number of others read what has arrived."""

    def __init__(self, known: Known, part: Path, store: DirectoryStore) -> None:
        self.size = known.size
        self.readable = 0
        self.done = False
        self.error: Exception | None = None
        self._known = known
        self._part = part
        self._store = store
        self._next: Future[None] = Future()
        self._lock = threading.Lock()

    def news(self) -> Future[None]:
        """Give what is done as soon as there is more to read, or it has ended: to be taken before looking at that."""
        return self._next

    def open(self) -> IO[bytes]:
        """Open what has arrived so far, to be read up to ``readable``."""
        try:
            return self._part.open("rb")
        except FileNotFoundError:  # it is done meanwhile
            return self._store.path_of(self._known.sha256).open("rb")

    def run(self, asking: requests.Session, kept: KeptFile) -> None:
        """Fetch the file, hold it against its sha256, and keep it; what isn't right is gone."""
        try:
            self._fetch(asking)
            self._store.take(self._part, self._known.sha256)
            kept.show(self._store, self._known.sha256)
            self.readable = self.size
        except OwncondaError as error:
            self.error = error
        except OSError as error:
            self.error = disk_error(error, self._part)
            self.error.__cause__ = error
        finally:
            self._part.unlink(missing_ok=True)
            self.done = True
            self._tell()

    def _fetch(self, asking: requests.Session) -> None:
        url, digest, written = self._known.url, hashlib.sha256(), 0
        with self._part.open("wb", buffering=0) as file:
            for chunk in _body(url, asking):
                written += len(chunk)
                if written > self.size:
                    break
                digest.update(chunk)
                file.write(chunk)
                self.readable = max(0, min(written, self.size - HELD_BACK))
                self._tell()
        if written != self.size or digest.hexdigest() != self._known.sha256:
            found = f"its sha256 is {digest.hexdigest()}" if written == self.size else f"it hasn't {self.size} bytes"
            raise OtherContentError(f"isn't what its channel lists: {found}", where=Where(file=redacted(url)))

    def _tell(self) -> None:
        with self._lock:
            told, self._next = self._next, Future()
        told.set_result(None)


def _body(url: str, asking: requests.Session) -> Iterator[bytes]:
    with reached(url), asking.get(url, stream=True) as answer:
        if answer.status_code in _NOT_THERE:
            raise NotThereError("isn't there", where=Where(file=redacted(url)))
        answer.raise_for_status()
        yield from arriving(answer, url)
