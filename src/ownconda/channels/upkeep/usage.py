"""What uses a forge's disk: by channel, package and snapshot, and what collecting would free."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.keeping import Past, Span, read_past
from ownconda.channels.upkeep.garbage import Garbage, find_garbage
from ownconda.channels.upkeep.needs import archives_among, expiring_of, is_needed, kept_snapshots, needs_of
from ownconda.channels.upkeep.unused_sources import Upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How many package ``files`` something uses, in bytes with their sidecars.

    ``size`` is all of it, ``past`` what no channel lists today any more.
    """

    name: str
    files: int
    size: int
    past: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is kept for the sake of a snapshot and older ones alone: the bytes that go when it expires."""

    channel: str
    snapshot: int
    at: int
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What a rule would let go: its name, how many files, and how many bytes."""

    rule: str
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """The documentation of a project: how many versions, and their bytes, packed and unpacked."""

    project: str
    versions: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedBySources:
    """What upstream archives use, and how much of it no kept package was made from, as far as that is known."""

    files: int
    size: int
    unused: int
    unused_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """All of it; ``size`` is what the packages take that something needs, each file once."""

    size: int
    channels: tuple[Used, ...]
    packages: tuple[Used, ...]
    snapshots: tuple[Held, ...]
    rules: tuple[Freed, ...]
    sources: UsedBySources
    docs: tuple[Hosted, ...] = ()

    def fields(self) -> dict[str, object]:
        """Tell it for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is asked of: the spans that kept snapshots need, the bytes listed today, and the size of all bytes."""

    needed: Sequence[Span]
    today: frozenset[str]
    sizes: Mapping[str, int]

    def used(self, name: str, spans: Iterable[Span]) -> Used:
        spans = tuple(spans)
        distinct = {one for span in spans for one in _digests(span)}
        return Used(
            name=name,
            files=len({span.sha256 for span in spans}),
            size=self.size(distinct),
            past=self.size(distinct - self.today),
        )

    def size(self, digests: Iterable[str]) -> int:
        return sum(self.sizes[one] for one in digests)


def usage_of(channels: Channels, *, sources_kept: int = 0) -> Usage:
    """Tell what uses the disk. It reads the whole past. Raises BrokenChannelError."""
    past = read_past(channels.ledger)
    kept = kept_snapshots(past, {})
    looked = _looked(channels, past, kept)
    at = channels.now()
    leaving = expiring_of(past, channels.charters(), at=at)
    garbage = find_garbage(channels, past, leaving, at=at, sources_kept=sources_kept)
    return Usage(
        size=looked.used("", looked.needed).size,
        channels=tuple(looked.used(name, _of_channel(looked.needed, name)) for name in channels.names()),
        packages=_by_package(looked),
        snapshots=_by_snapshot(looked, past, kept),
        rules=tuple(_rules(channels, garbage, past, kept)),
        sources=_by_sources(garbage.sources),
        docs=tuple(_hosted(channels.folder)),
    )


def _looked(channels: Channels, past: Past, kept: Mapping[str, Sequence[int]]) -> _Looked:
    needed = [span for span in past.spans if is_needed(span, kept[span.channel])]
    sizes = {span.sha256: span.size for span in needed}
    beside = {one for span in needed for one in span.sidecars.digests.values()}
    sizes |= dict.fromkeys(beside, 0) | channels.store.sizes(beside)
    today = frozenset(one for span in needed if span.end is None for one in _digests(span))
    return _Looked(needed, today, sizes)


def _digests(span: Span) -> Iterable[str]:
    return (sha256 for _, sha256 in span.places())


def _of_channel(spans: Iterable[Span], channel: str) -> Iterable[Span]:
    return (span for span in spans if span.channel == channel)


def _by_package(looked: _Looked) -> tuple[Used, ...]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for span in looked.needed:
        spans[span.package].append(span)
    used = [looked.used(name, ones) for name, ones in spans.items()]
    return tuple(sorted(used, key=lambda one: (-one.size, one.name)))


def _by_snapshot(looked: _Looked, past: Past, kept: Mapping[str, Sequence[int]]) -> tuple[Held, ...]:
    """Give each file that isn't listed today to the newest snapshot that needs it."""
    newest: defaultdict[str, int] = defaultdict(int)
    for span in looked.needed:
        if span.end is not None:
            holding = kept[span.channel][bisect_left(kept[span.channel], span.end) - 1]
            for sha256 in _digests(span):
                newest[sha256] = max(newest[sha256], holding)
    held: defaultdict[int, list[str]] = defaultdict(list)
    for sha256 in newest.keys() - looked.today:
        held[newest[sha256]].append(sha256)
    packages = {span.sha256 for span in looked.needed}
    return tuple(
        Held(
            channel=one.channel,
            snapshot=one.id,
            at=one.at,
            files=len(packages.intersection(held[one.id])),
            size=looked.size(held[one.id]),
        )
        for one in sorted((one for ones in past.snapshots.values() for one in ones), key=lambda one: one.id)
        if one.id in held
    )


def _hosted(folder: ForgeFolder) -> Iterable[Hosted]:
    """Tell it by project; pages lie in a folder that is called as their archive is, but for how that ends."""
    for project in sorted(folder.docs.glob("*/")):
        packed = [path for path in project.glob("*/*") if path.is_file()]
        pages = {folder.docs_pages / path.stem for path in packed}
        unpacked = (path for one in pages for path in one.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in (*packed, *unpacked))
        if packed:
            yield Hosted(project=project.name, versions=len({path.parent for path in packed}), size=size)


def _by_sources(found: Upstream) -> UsedBySources:
    return UsedBySources(
        files=found.files,
        size=found.size,
        unused=len(found.unused),
        unused_size=sum(one.size for one in found.unused),
    )


def _rules(channels: Channels, garbage: Garbage, past: Past, kept: Mapping[str, Sequence[int]]) -> Iterable[Freed]:
    """Tell what `gc` would free, and how much of it because snapshots expire."""
    before = needs_of(past, kept, archives_among(channels.charters())).digests
    expiring = [size for sha256, size in garbage.files.items() if sha256 in before]
    unneeded = [size for sha256, size in garbage.files.items() if sha256 not in before]
    parts = {
        "expiry": expiring,
        "unneeded": unneeded,
        "orphans": list(garbage.orphans.values()),
        "shards": list(garbage.shards.values()),
        "views": list(garbage.views.values()),
        "sources": [one.size for one in garbage.sources.going],
    }
    for rule, sizes in parts.items():
        yield Freed(rule=rule, files=len(sizes), size=sum(sizes))
