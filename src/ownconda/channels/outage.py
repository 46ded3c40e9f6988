"""An outage of the database, which all requests run into: the log is told when it begins, and when and how it ended."""

import logging
import threading
import time

from ownconda.errors import OwncondaError

_log = logging.getLogger(__name__)


class Outage:
    """Whether the database can't be reached just now; its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: float | None = None
        self._refused = 0

    def noticed(self, error: OwncondaError) -> None:
        """Note that somebody couldn't reach the database, and tell why if nobody did before."""
        with self._lock:
            self._begin(error)

    def refused(self, error: OwncondaError) -> None:
        """Note likewise that a request was refused for it."""
        with self._lock:
            self._begin(error)
            self._refused += 1

    def over(self, *, asked: float) -> None:
        """Note that the database answered a question that was asked at a time (``time.monotonic``)."""
        with self._lock:
            if self._began is None or asked < self._began:
                return
            seconds, refused = time.monotonic() - self._began, self._refused
            self._began, self._refused = None, 0
        _log.warning(
            "the database can be reached again, after %.1f s in which %d requests were refused", seconds, refused
        )

    def _begin(self, error: OwncondaError) -> None:
        if self._began is None:
            self._began = time.monotonic()
            _log.error("%s; the end of this outage will be told, and what was refused until then", error)
