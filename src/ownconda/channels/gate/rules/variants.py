"""A new version has the variants that the one before it has."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.standing import offered
from ownconda.channels.gate.variants import variant
from ownconda.channels.snapshots import Contents
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record
from ownconda.conda.versions import version_key
from ownconda.errors import Problem, Where

ByVersion = Mapping[str, list[Record]]


def no_variant_lost(proposal: Proposal) -> Iterator[Problem]:
    """Tell which versions arrive without a variant that the newest one before them has, subdir by subdir.

    A noarch package stands for all variants of Python.
    """
    was, will_be = _versions(proposal.before.own), _versions(proposal.after.own)
    arriving = {(one.subdir, one.name, one.version) for one in (entry.record for entry in proposal.arriving.values())}
    for subdir, name, version in sorted(arriving):
        if subdir == NOARCH or version in will_be.get((NOARCH, name), {}):
            continue
        before = _predecessor(was.get((subdir, name), {}), version)
        lost = _variants(before) - _variants(will_be[subdir, name][version])
        if lost:
            yield _problem(will_be[subdir, name][version], before, lost)


def _versions(contents: Contents) -> Mapping[tuple[str, str], dict[str, list[Record]]]:
    found: defaultdict[tuple[str, str], dict[str, list[Record]]] = defaultdict(dict)
    for record in offered(contents).values():
        found[record.subdir, record.name].setdefault(record.version, []).append(record)
    return found


def _predecessor(versions: ByVersion, version: str) -> list[Record]:
    older = [one for one in versions if version_key(one) < version_key(version)]
    return versions[max(older, key=version_key)] if older else []


def _variants(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(map(variant, records))


def _problem(records: list[Record], before: list[Record], lost: frozenset[str]) -> Problem:
    named = ", ".join(sorted(one or "the one without a variant" for one in lost))
    return Problem(
        what=f"{records[0].name} {records[0].version} isn't there for {named}, as {before[0].version} is",
        where=Where(file=min(record.path for record in records)),
        hint="let all variants come together; where one is given up, waive this rule with the reason",
    )
