"""The tests of what needs a package have passed with it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ownconda.channels.gate.needs import accepting, name_of
from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.standing import offered
from ownconda.conda.records import Record
from ownconda.conda.versions import version_key
from ownconda.errors import Problem, Where


def dependents_tested(proposal: Proposal) -> Iterator[Problem]:
    """Tell whose dependents have failed, or haven't been tested; and what has failed itself.

    Dependents are those that the channel has, in their newest version that accepts the package.
    """
    results = {(one.together_with, one.package): one.passed for one in proposal.trials}
    asked = _asked_by(record for path, record in offered(proposal.after.own).items() if path not in proposal.arriving)
    for path, entry in proposal.arriving.items():
        if results.get((path, path)) is False:
            yield Problem(what="its own tests failed", where=Where(file=path), hint="mend it, and run its tests again")
        known = {one: results.get((path, one)) for one in _dependents(entry.record, asked)}
        if not all(known.values()):
            yield _problem(path, known)


def _asked_by(records: Iterable[Record]) -> Mapping[str, list[tuple[str, Record]]]:
    found: defaultdict[str, list[tuple[str, Record]]] = defaultdict(list)
    for record in records:
        for spec in record.depends:
            found[name_of(spec)].append((spec, record))
    return found


def _dependents(record: Record, asked: Mapping[str, list[tuple[str, Record]]]) -> list[str]:
    newest: dict[tuple[str, str], list[Record]] = {}
    for spec, one in asked.get(record.name, ()):
        if accepting(spec)(record.version, record.build):
            best = newest.setdefault((one.subdir, one.name), [one])
            if version_key(one.version) > version_key(best[0].version):
                newest[one.subdir, one.name] = [one]
            elif one.version == best[0].version and one not in best:
                best.append(one)
    return sorted(one.path for records in newest.values() for one in records)


def _problem(path: str, known: Mapping[str, bool | None]) -> Problem:
    failed = [one for one, passed in known.items() if passed is False]
    untested = [one for one, passed in known.items() if passed is None]
    told = [
        f"{len(known) - len(failed) - len(untested)} of {len(known)} packages that need it passed their tests with it",
        *([f"failed: {', '.join(failed)}"] if failed else []),
        *([f"not tested: {', '.join(untested)}"] if untested else []),
    ]
    hint = "mend what failed" if failed else "`ownconda test-package --dependents --post` runs them"
    return Problem(what="; ".join(told), where=Where(file=path), hint=hint)
