"""What may be pruned from a channel: by versions, builds, age, downloads; never what is pinned or in a lock file."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ownconda.channels.gate.variants import variant
from ownconda.channels.snapshots import Contents
from ownconda.channels.telling.downloads import MILLISECONDS_A_DAY, Counted
from ownconda.conda.match_specs import chooser
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """What was downloaded less often than ``fewer_than`` times within so many days, as was counted."""

    days: int
    fewer_than: int = 1
    counted: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneRules:
    """What is kept: the newest ``versions`` of each name, the newest ``builds`` of each version and variant.

    Of both, None keeps all, and what is yanked doesn't count. Only what is listed for more than ``days`` goes, and of
    that only what is ``unused``, if that is asked for; without versions and builds, it is reason enough. ``pinned``
    are match specs, ``locked`` are paths of packages that lock files name; both stay.
    """

    versions: int | None = None
    builds: int | None = None
    days: float = 0.0
    unused: Unused | None = None
    pinned: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Paths of what the rules let go, and of what they would but for a pin or a lock file; each with the reason."""

    going: Mapping[str, str]
    staying: Mapping[str, str]


def candidates(contents: Contents, rules: PruneRules, *, now: int) -> Candidates:
    """Choose what may go; ``now`` is in milliseconds since 1970.

    Raises WrongInputError for rules that say nothing, and for a pin that is no match spec.
    """
    _check(rules)
    aged = {entry.path for entry in contents.values() if now - entry.indexed_at >= rules.days * MILLISECONDS_A_DAY}
    old = {path: why for path, why in _chosen(contents, rules).items() if path in aged}
    staying = {path: why for path, why in _held_back(contents, rules) if path in old}
    return Candidates(going={path: why for path, why in old.items() if path not in staying}, staying=staying)


def _check(rules: PruneRules) -> None:
    if rules.versions is None and rules.builds is None and rules.unused is None:
        hint = "for example --versions 3, --builds 1 or --unused-days 365; --days spares what is younger"
        raise WrongInputError("nothing says what is to be kept", hint=hint)
    if (rules.versions or 1) < 1 or (rules.builds or 1) < 1 or rules.versions == 0 or rules.builds == 0:
        raise WrongInputError("at least one version and one build has to be kept")
    if rules.unused and (rules.unused.days < 1 or rules.unused.fewer_than < 1):
        raise WrongInputError("downloads are counted for at least one day, and at least one is asked for")


def _chosen(contents: Contents, rules: PruneRules) -> Mapping[str, str]:
    """Choose by versions and builds, by downloads, or by both: then both have to let it go."""
    rare = dict(_rare(contents, rules.unused)) if rules.unused else None
    if rules.versions is None and rules.builds is None:
        return rare or {}
    old = dict(_old(contents, rules))
    return old if rare is None else {path: f"{why}, {rare[path]}" for path, why in old.items() if path in rare}


def _rare(contents: Contents, unused: Unused) -> Iterator[tuple[str, str]]:
    for path, entry in contents.items():
        count = unused.counted.counts.get(path, 0)
        if count < unused.fewer_than and entry.indexed_at < unused.counted.since:
            often = f"downloaded {count} time{'s' if count > 1 else ''}" if count else "not downloaded"
            yield path, f"{often} in {unused.days} day{'s' if unused.days > 1 else ''}"


def _old(contents: Contents, rules: PruneRules) -> Iterator[tuple[str, str]]:
    for same_name in _grouped(contents.values(), lambda entry: (entry.record.subdir, entry.record.name)):
        beyond = _old_versions(same_name, rules.versions) if rules.versions is not None else frozenset()
        for entry in same_name:
            if entry.record.version in beyond:
                yield entry.path, f"{_newer(rules.versions, 'version')} kept"
        if rules.builds is not None:
            yield from _old_builds([one for one in same_name if one.record.version not in beyond], rules.builds)


def _old_versions(entries: Iterable[Entry], keep: int) -> frozenset[str]:
    """Give the versions behind the newest ones; what is yanked isn't one that is kept for anybody."""
    offered = {entry.record.version for entry in entries if not entry.yanked}
    last = sorted(offered, key=version_key, reverse=True)[keep - 1 : keep]
    versions = {entry.record.version for entry in entries}
    return frozenset(one for one in versions if last and version_key(one) < version_key(last[0]))


def _old_builds(entries: Iterable[Entry], builds: int) -> Iterator[tuple[str, str]]:
    for alike in _grouped(entries, lambda entry: (entry.record.version, variant(entry.record))):
        offered = {entry.record.build_number for entry in alike if not entry.yanked}
        last = sorted(offered, reverse=True)[builds - 1 : builds]
        for entry in alike:
            if last and entry.record.build_number < last[0]:
                yield entry.path, f"{_newer(builds, 'build', entry.record.version)} kept"


def _newer(count: int | None, what: str, version: str = "") -> str:
    of = f" of {version}" if version else ""
    return f"{count} newer {what}{of} is" if count == 1 else f"{count} newer {what}s{of} are"


def _held_back(contents: Contents, rules: PruneRules) -> Iterator[tuple[str, str]]:
    for spec in rules.pinned:
        chooses = chooser(spec)
        yield from ((path, f"{spec} is pinned") for path, entry in contents.items() if chooses(entry.record))
    yield from ((path, "a lock file names it") for path in rules.locked if path in contents)


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], object]) -> Iterable[list[Entry]]:
    groups: defaultdict[object, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups.values()
