"""A solver for small channels that needs no machine: it tries every set of records."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from ownconda.conda.machines import Machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import Answer, Solution, Unsolvable

_SPEC = re.compile(r"(?P<name>[^\s\[]+)(?:(?: |\[version=')(?P<relation>>=|<=|==|<|>)(?P<version>\d+)(?:'\])?)?")
"""The specs that it understands: a name, and a bound on a version that is a number, in brackets or not."""


@contextmanager
def open_on_paper(records: Iterable[Record]) -> Iterator["PaperSolver"]:
    yield PaperSolver(list(records))


class PaperSolver:
    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._allowed: dict[Machine, list[frozenset[Record]]] = {}

    def together(self, wanted: Sequence[Record], machine: Machine) -> Answer:
        asked = frozenset(wanted)
        found = next((chosen for chosen in self.sets(machine) if asked <= chosen), None)
        if found is None:
            return Unsolvable(words=f"no set has {', '.join(sorted(one.path for one in wanted))}")
        return Solution(paths=frozenset(one.path for one in found))

    def sets(self, machine: Machine) -> list[frozenset[Record]]:
        if machine not in self._allowed:
            self._allowed[machine] = [chosen for chosen in subsets(self._records) if _holds(chosen, machine)]
        return self._allowed[machine]


def subsets(records: Sequence[Record]) -> Iterator[frozenset[Record]]:
    """Give every set of records in which no name is twice."""
    by_name: defaultdict[str, list[Record | None]] = defaultdict(lambda: [None])
    for record in records:
        by_name[record.name].append(record)
    for chosen in product(*by_name.values()):
        yield frozenset(one for one in chosen if one is not None)


def _holds(chosen: frozenset[Record], machine: Machine) -> bool:
    there = {record.name: int(record.version) for record in chosen}
    there |= {one.name: int(one.version) for one in machine.virtual_packages}
    return all(
        all(_fits(spec, there, absent=False) for spec in record.depends)
        and all(_fits(spec, there, absent=True) for spec in record.constrains)
        for record in chosen
    )


def _fits(spec: str, there: dict[str, int], *, absent: bool) -> bool:
    found = _SPEC.fullmatch(spec)
    assert found is not None, spec
    if found["name"] not in there:
        return absent
    if not found["relation"]:
        return True
    has, bound = there[found["name"]], int(found["version"])
    return {
        ">=": has >= bound,
        "<=": has <= bound,
        "==": has == bound,
        "<": has < bound,
        ">": has > bound,
    }[found["relation"]]
