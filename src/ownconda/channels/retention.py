"""For how long snapshots are kept, and which have had their time."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from ownconda.channels.snapshots import ExpiredError, Snapshot
from ownconda.errors import Where, WrongInputError

_HOUR = 3_600_000
_UNITS: Mapping[str, int] = MappingProxyType(
    {"hour": _HOUR, "day": 24 * _HOUR, "week": 168 * _HOUR, "year": 365 * 24 * _HOUR}
)
_PERIOD = re.compile(rf"([0-9]{{1,6}}) ?({'|'.join(_UNITS)})s?")


def read_period(text: str) -> int:
    """Read how long something is kept, such as ``90 days``, and give it in milliseconds. Raises ValueError."""
    found = _PERIOD.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        raise ValueError(f"{text[:80]!r} can't be read as a length of time")
    return int(found[1]) * _UNITS[found[2]]


def read_sources_kept(text: str) -> int:
    """Read how long unused sources are kept, and give it in milliseconds, 0 for ever. Raises WrongInputError."""
    try:
        return read_period(text) if text else 0
    except ValueError as error:
        where = Where(file="forge.sources_kept")
        raise WrongInputError(str(error), where=where, hint="for example 90 days; empty: for ever") from error


def expiring(snapshots: Sequence[Snapshot], tagged: Collection[int], *, kept_for: int, at: int) -> tuple[int, ...]:
    """Tell which of a channel's snapshots, given in their order, have had their time, in milliseconds since 1970.

    It runs from when a newer one took its place, so that each state of the channel within that time can be looked
    at. The newest one never expires, nor do tagged ones.
    """
    return tuple(
        one.id
        for one, successor in pairwise(snapshots)
        if kept_for and not one.expired and one.id not in tagged and successor.at <= at - kept_for
    )


def check_kept(snapshot: Snapshot) -> Snapshot:
    """Give a snapshot back when it can be looked at. Raises ExpiredError."""
    if not snapshot.expired:
        return snapshot
    channel = snapshot.channel
    raise ExpiredError(
        f"snapshot {snapshot.id} of {channel!r} has expired: what it listed may not be there any more",
        hint=f"choose a newer one: ownconda channel history {channel}; a tag keeps one: ownconda channel tag {channel}",
    )
