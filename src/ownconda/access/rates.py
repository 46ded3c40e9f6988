"""How often somebody came within the last minute, counted in memory."""

import threading
from collections import deque
from collections.abc import Callable
from math import ceil

SECONDS = 60.0
MOST_KNOWN = 10_000


class Rates:
    """Counts requests by whom they are from; its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that gives seconds and never goes back."""
        self._clock = clock
        self._came: dict[str, deque[float]] = {}
        self._looking = threading.Lock()

    def admit(self, who: str, most: int) -> int:
        """Count a request, unless there were ``most`` within a minute: then give the seconds until one may come."""
        now = self._clock()
        with self._looking:
            came = self._came.get(who) or self._new(who, now)
            while came and now - came[0] >= SECONDS:
                came.popleft()
            if len(came) >= most:
                return max(1, ceil(came[0] + SECONDS - now))
            came.append(now)
            return 0

    def _new(self, who: str, now: float) -> deque[float]:
        if len(self._came) >= MOST_KNOWN:
            self._came = {one: came for one, came in self._came.items() if came and now - came[-1] < SECONDS}
        return self._came.setdefault(who, deque())
