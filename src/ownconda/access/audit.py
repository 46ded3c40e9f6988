"""What an audit log tells, and how much of it: a flood of refused requests mustn't fill the disk."""

import enum
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field

MILLISECONDS_AN_HOUR = 3_600_000


class Kind(enum.StrEnum):
    """What happened."""

    MADE = "token made"
    REVOKED = "token revoked"
    FIRST_USE = "token used from a new address"
    REFUSED = "refused"
    DOCS_UPLOADED = "docs uploaded"
    DOCS_REMOVED = "docs removed"
    MEDIA_TAKEN = "media taken"
    CHANNEL_MADE = "channel made"
    GIVEN = "access given"
    TAKEN = "access taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Something that happened, ``at`` in milliseconds since 1970; no token is in it. ``missed`` weren't noted."""

    at: int
    kind: Kind
    who: str
    what: str
    address: str = ""
    missed: int = 0


@dataclass(slots=True)
class Throttle:
    """Lets the same thing through once an hour, and so many things an hour at most; counts what it keeps back."""

    most: int
    _hour: int = -1
    _seen: set[Hashable] = field(default_factory=set)
    _missed: int = 0
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, thing: Hashable, now: int) -> int | None:
        """Give how many were kept back since one was let through; None when this is kept back, too."""
        with self._looking:
            hour = now // MILLISECONDS_AN_HOUR
            if hour != self._hour:
                self._hour, self._seen = hour, set()
            if thing in self._seen or len(self._seen) >= self.most:
                self._missed += 1
                return None
            self._seen.add(thing)
            missed, self._missed = self._missed, 0
            return missed
