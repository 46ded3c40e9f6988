"""What may be pruned from a channel: by versions, builds, age; never what is pinned or in a lock file."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ownconda.channels.gate.variants import variant
from ownconda.channels.snapshots import Contents
from ownconda.conda.match_specs import chooser
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry

MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneRules:
    """What is kept: the newest ``versions`` of each name, the newest ``builds`` of each version and variant.

    Of both, None keeps all, and what is yanked doesn't count. Only what is listed for more than ``days`` goes.
    ``pinned`` are match specs, ``locked`` are paths of packages that lock files name; both stay.
    """

    versions: int | None = None
    builds: int | None = None
    days: float = 0.0
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
    old = {path: why for path, why in _old(contents, rules) if path in aged}
    staying = {path: why for path, why in _held_back(contents, rules) if path in old}
    return Candidates(going={path: why for path, why in old.items() if path not in staying}, staying=staying)


def _check(rules: PruneRules) -> None:
    if rules.versions is None and rules.builds is None:
        hint = "for example --versions 3, or --builds 1; --days spares what is younger"
        raise WrongInputError("nothing says what is to be kept", hint=hint)
    if (rules.versions or 1) < 1 or (rules.builds or 1) < 1 or rules.versions == 0 or rules.builds == 0:
        raise WrongInputError("at least one version and one build has to be kept")


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
