"""Stand-ins: records that can take the place of a lost one wherever it was part of a solution."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ownconda.channels.gate.needs import accepting, is_plain, name_of
from ownconda.conda.names import VIRTUAL
from ownconda.conda.records import Record

Specs = Mapping[str, frozenset[str]]
"""By the name that they are about."""


def irreplaceable(lost: Mapping[str, Record], was: Mapping[str, Record], stays: Mapping[str, Record]) -> list[Record]:
    """Give those of the lost records that nothing which stays can stand in for.

    A stand-in is accepted wherever the lost one is, and asks for nothing more. So a solution that had the lost one is
    one with the stand-in, too, and nobody loses anything.
    """
    names = {record.name for record in lost.values()}
    about = _specs_about(names, was.values())
    by_name = _by_name(was.values())
    kept = _by_name(one for one in stays.values() if one.name in names)
    return [
        record
        for record in lost.values()
        if not any(_stands_in(one, record, about[record.name], by_name) for one in kept.get(record.name, ()))
    ]


def _specs_about(names: Iterable[str], records: Iterable[Record]) -> Specs:
    found: dict[str, set[str]] = {name: set() for name in names}
    for record in records:
        for spec in (*record.depends, *record.constrains):
            if name_of(spec) in found:
                found[name_of(spec)].add(spec)
    return {name: frozenset(specs) for name, specs in found.items()}


def _by_name(records: Iterable[Record]) -> Mapping[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.name].append(record)
    return found


def _stands_in(one: Record, lost: Record, about: frozenset[str], by_name: Mapping[str, Sequence[Record]]) -> bool:
    return (
        '"extra_depends"' not in one.json
        and all(_implied(spec, lost.depends, by_name) for spec in one.depends)
        and all(_implied(spec, (*lost.constrains, *lost.depends), by_name) for spec in one.constrains)
        and all(_takes(spec, one) for spec in about if accepting(spec)(lost.version, lost.build))
    )


def _takes(spec: str, record: Record) -> bool:
    return is_plain(spec) and accepting(spec)(record.version, record.build)


def _implied(spec: str, given: Sequence[str], by_name: Mapping[str, Sequence[Record]]) -> bool:
    """Tell whether whatever fits one of the given specs fits this one, among all records that there are."""
    if spec in given:
        return True
    name = name_of(spec)
    if name.startswith(VIRTUAL) or not is_plain(spec):
        return False
    return any(name_of(other) == name and _narrower(other, spec, by_name.get(name, ())) for other in given)


def _narrower(one: str, other: str, records: Iterable[Record]) -> bool:
    accepts = accepting(one)
    return all(_takes(other, record) for record in records if accepts(record.version, record.build))
