"""What of a transfer is new to a forge, and whether it fits to what that has: pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ownconda.channels.transfers.transfer import CarriedSnapshot, Mark, Stretch, Transfer
from ownconda.errors import ConflictError, Problem

APART = "take it into a new folder; what only one of them has is to be uploaded again where it is missing"


class GapError(ConflictError):
    """Snapshots are missing between what a forge has and what comes."""


class DivergedError(ConflictError):
    """Both forges have snapshots that the other one doesn't have, or others under the same numbers."""


def news(transfer: Transfer, heads: Mapping[str, Mark], known: Mapping[int, Mark]) -> tuple[CarriedSnapshot, ...]:
    """Give the snapshots that are new to a forge with these heads; ``known`` are its own of the transfer's numbers.

    Raises DivergedError or GapError that tells what is wrong with each channel.
    """
    diverged = [problem for one in transfer.stretches for problem in _diverged(one, transfer, heads, known)]
    if diverged:
        raise DivergedError.of(diverged)
    gaps = [problem for one in transfer.stretches for problem in _gaps(one, transfer, heads)]
    if gaps:
        raise GapError.of(gaps)
    return tuple(one for one in transfer.snapshots if one.id not in known)


def check_leader(transfer: Transfer, heads: Mapping[str, Mark]) -> None:
    """Check that a leader has all that its follower has. Raises DivergedError."""
    led = {one.channel: one.before for one in transfer.stretches}
    lost = [
        Problem(what=f"{name}: here is {_told(head)}; the leader has {_told(led.get(name))}", hint=APART)
        for name, head in heads.items()
        if led.get(name) != head
    ]
    if lost:
        raise DivergedError.of(lost)


def marks_in(transfer: Transfer) -> list[Mark]:
    """Give by what all snapshots are known that a transfer names."""
    return [*(one.before for one in transfer.stretches if one.before), *(one.mark for one in transfer.snapshots)]


def _diverged(
    stretch: Stretch, transfer: Transfer, heads: Mapping[str, Mark], known: Mapping[int, Mark]
) -> Sequence[Problem]:
    head = heads.get(stretch.channel)
    for mark in _marks(stretch, transfer):
        here = known.get(mark.id)
        if here is not None and here != mark:
            return [Problem(what=f"{stretch.channel}: here is {_told(here)}; what comes has {_told(mark)}", hint=APART)]
        if here is None and head is not None and mark.id < head.id:
            return [Problem(what=f"{stretch.channel}: what comes has {_told(mark)}, which isn't here", hint=APART)]
    return []


def _gaps(stretch: Stretch, transfer: Transfer, heads: Mapping[str, Mark]) -> Sequence[Problem]:
    head, marks = heads.get(stretch.channel), _marks(stretch, transfer)
    if not marks:
        return []
    if head is None:
        if stretch.before is None:
            return []
        what = f"{stretch.channel}: nothing of it is here, and what comes begins after snapshot {stretch.before.id}"
        return [Problem(what=what, hint="take the stretches before it first, or export all of it, without --since")]
    if head.id >= marks[0].id:
        return []
    what = f"{stretch.channel}: the snapshots after {head.id} up to {marks[0].id} are missing"
    return [Problem(what=what, hint=f"take the media with them first, or export anew with --since {head.id}")]


def _marks(stretch: Stretch, transfer: Transfer) -> list[Mark]:
    return [mark for mark in marks_in(transfer) if mark.channel == stretch.channel]


def _told(mark: Mark | None) -> str:
    if mark is None:
        return "nothing of it"
    at = datetime.fromtimestamp(mark.at / 1000, UTC).isoformat(timespec="milliseconds")
    return f"snapshot {mark.id} of {mark.channel} ({mark.kind} by {mark.author}, {at})"
