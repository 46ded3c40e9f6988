"""Which machines include others: whatever can be installed on the lesser one can be on the greater one."""

from collections.abc import Iterable, Iterator

from ownconda.channels.gate.needs import accepting, is_plain, name_of
from ownconda.conda.machines import Machine
from ownconda.conda.names import VIRTUAL
from ownconda.conda.records import Record


class Including:
    """What the records of a subdir ask of machines, which is all that tells machines apart."""

    def __init__(self, records: Iterable[Record]) -> None:
        asked = {(one.depends, one.constrains) for one in records}
        self._needs = {spec for depends, _ in asked for spec in depends if VIRTUAL in spec}
        self._bars = {spec for _, constrains in asked for spec in constrains if VIRTUAL in spec}
        self._found: dict[tuple[Machine, tuple[Machine, ...]], tuple[Machine, ...]] = {}
        self._is_known = all(map(is_plain, self._needs | self._bars))

    def greater(self, machine: Machine, machines: tuple[Machine, ...]) -> tuple[Machine, ...]:
        """Give those on which every solution for this one holds, the greatest first, without itself."""
        if (machine, machines) not in self._found:
            self._found[machine, machines] = tuple(self._include(machine, machines))
        return self._found[machine, machines]

    def _include(self, machine: Machine, machines: Iterable[Machine]) -> Iterator[Machine]:
        least = self._meets(machine)
        for one in sorted(machines, key=lambda one: len(self._meets(one)), reverse=True):
            if one != machine and self._is_known and least <= self._meets(one):
                yield one

    def _meets(self, machine: Machine) -> frozenset[tuple[str, str]]:
        needs = {("needs", spec) for spec in self._needs if _has(spec, machine)}
        lacking = {spec for spec in self._bars if not machine.virtual(name_of(spec))}
        return frozenset(needs | {("bars", spec) for spec in self._bars if spec in lacking or _has(spec, machine)})


def _has(spec: str, machine: Machine) -> bool:
    virtual = machine.virtual(name_of(spec))
    return virtual is not None and accepting(spec)(virtual.version, virtual.build)
