"""Witnesses: which records a solution found for one machine proves to be installable on another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ownconda.channels.gate.needs import accepting, is_conditional, name_of
from ownconda.conda.machines import Machine
from ownconda.conda.names import VIRTUAL
from ownconda.conda.records import Record


def proven(paths: Iterable[str], records: Mapping[str, Record], machine: Machine) -> frozenset[str]:
    """Give the part of a solution that holds on a machine.

    That is all but what asks for another machine, and what needs that. The rest has all that it needs, and what
    could be together stays so.
    """
    solution = {path: records[path] for path in paths}
    refused = {path for path, record in solution.items() if not _fits(record, machine)}
    return frozenset(solution) - _with_dependents(refused, solution)


def _fits(record: Record, machine: Machine) -> bool:
    if any(map(is_conditional, record.depends)):
        return False  # its condition may hold there
    return all(_has(spec, machine) for spec in _virtual(record.depends)) and all(
        _has(spec, machine) for spec in _virtual(record.constrains) if machine.virtual(name_of(spec))
    )


@lru_cache(maxsize=65_536)
def _virtual(specs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(spec for spec in specs if spec.lstrip().startswith(VIRTUAL))


@lru_cache(maxsize=16_384)
def _has(spec: str, machine: Machine) -> bool:
    one = machine.virtual(name_of(spec))
    return one is not None and accepting(spec)(one.version, one.build)


def _with_dependents(refused: set[str], solution: Mapping[str, Record]) -> frozenset[str]:
    if not refused:
        return frozenset()
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for path, record in solution.items():
        for spec in record.depends:
            holders[name_of(spec)].append(path)
    found, frontier = set(refused), refused
    while frontier:
        frontier = {path for one in frontier for path in holders[solution[one].name]} - found
        found |= frontier
    return frozenset(found)
