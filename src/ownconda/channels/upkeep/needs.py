"""What a forge's kept snapshots and archives need of all files that there ever were."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ownconda.channels.charters import Charter
from ownconda.channels.ledger.keeping import Past, Span
from ownconda.channels.retention import expiring

Places = Mapping[str, str]
"""What lies where below a channel's folder: the sha256 of each place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What has to be there: the ``places`` below each channel's folder, and the ``digests`` of all bytes."""

    places: Mapping[str, Places]
    digests: frozenset[str]


def kept_snapshots(past: Past, expiring: Mapping[str, Collection[int]]) -> dict[str, list[int]]:
    """Give the numbers of each channel's snapshots that haven't expired, and aren't about to, in their order."""
    return {
        channel: [one.id for one in snapshots if not one.expired and one.id not in expiring.get(channel, ())]
        for channel, snapshots in past.snapshots.items()
    }


def expiring_of(past: Past, charters: Iterable[Charter], *, at: int) -> dict[str, tuple[int, ...]]:
    """Tell which snapshots of each channel have had their time."""
    return {
        one.name: expiring(past.snapshots.get(one.name, ()), past.tagged, kept_for=one.snapshots, at=at)
        for one in charters
    }


def needs_of(past: Past, kept: Mapping[str, Sequence[int]], archives: Collection[str]) -> Needs:
    """Tell what kept snapshots need; what an archive lists has to answer in each channel that ever had it."""
    needed = [span for span in past.spans if is_needed(span, kept[span.channel])]
    archived = {span.path for span in needed if span.channel in archives}
    places: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for span in past.spans:
        if span.path in archived:
            places[span.channel][span.path] = span.sha256
    for span in needed:  # in the order of their snapshots: signatures that came later replace those before them
        places[span.channel].update(span.places())
    digests = frozenset(sha256 for shown in places.values() for sha256 in shown.values())
    return Needs(places=places, digests=digests)


def is_needed(span: Span, kept: Sequence[int]) -> bool:
    """Tell whether one of a channel's kept snapshots, given in their order, lists a file's span."""
    at = bisect_left(kept, span.first)
    return at < len(kept) and (span.end is None or kept[at] < span.end)


def ever_shown(past: Past) -> dict[str, dict[str, str]]:
    """Give, for each channel, all places that files and sidecars ever had, each with its package's path."""
    places: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for span in past.spans:
        for place, _ in span.places():
            places[span.channel][place] = span.path
    return places


def archives_among(charters: Iterable[Charter]) -> frozenset[str]:
    """Give the channels in which other ones are archived."""
    return frozenset(one.archive for one in charters if one.archive)
