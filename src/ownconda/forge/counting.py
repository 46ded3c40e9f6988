"""Downloads counted as they are answered: in memory, and written to the ledger once a minute.

A kill loses what was counted in the last minute.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from ownconda.channels.channels import Clock
from ownconda.channels.telling.downloads import Downloaded, day_of, note_downloads
from ownconda.conda.names import EXTENSIONS
from ownconda.errors import OutsideError

SECONDS_BETWEEN_WRITES = 60.0
_FROM_THE_START = "bytes=0-"


class DownloadCount:
    """Counts downloads of packages, unless it is off; its methods may be called from any thread."""

    def __init__(self, engine: Engine, clock: Clock, *, off: bool = False) -> None:
        self._engine = engine
        self.is_on = not off
        self._clock = clock
        self._counts: Counter[Downloaded] = Counter()
        self._marked = 0
        self._counting = threading.Lock()

    def note(self, request: Request, response: Response, channel: str, path: str) -> None:
        """Count an answer if it is where a download of a package begins: not what goes on with one, or only asks."""
        if self.is_on and path.endswith(EXTENSIONS) and request.method == "GET" and _begins(request, response):
            one = Downloaded(channel=channel, path=path, day=day_of(self._clock()))
            with self._counting:
                self._counts[one] += 1

    def write(self) -> None:
        """Write to the ledger what was counted since it was written last. What can't be written is kept."""
        today = day_of(self._clock())
        counts = self._taken()
        if not self.is_on or (not counts and self._marked == today):
            return
        try:
            note_downloads(self._engine, counts, {today, *(one.day for one in counts)})
            self._marked = today
        except OutsideError:
            with self._counting:
                self._counts.update(counts)

    def _taken(self) -> Mapping[Downloaded, int]:
        with self._counting:
            counts, self._counts = self._counts, Counter()
        return counts


@contextlib.contextmanager
def counting(
    engine: Engine, clock: Clock, *, off: bool = False, every: float = SECONDS_BETWEEN_WRITES
) -> Iterator[DownloadCount]:
    """Count downloads while the block runs, and write them ``every`` so many seconds and at the end."""
    count, ended = DownloadCount(engine, clock, off=off), threading.Event()

    def write_again_and_again() -> None:
        count.write()
        while not ended.wait(every):
            count.write()

    writing = threading.Thread(target=write_again_and_again, daemon=True)
    writing.start()
    try:
        yield count
    finally:
        ended.set()
        writing.join()
        count.write()


_SENT = frozenset({HTTPStatus.OK, HTTPStatus.FOUND})
"""By the forge, or by the object store that the client is sent to."""


def _begins(request: Request, response: Response) -> bool:
    if response.status_code not in _SENT:  # the answer to a Range gets its status only while it is sent
        return False
    asked = request.headers.get("range")
    return asked is None or asked.replace(" ", "").startswith(_FROM_THE_START)
