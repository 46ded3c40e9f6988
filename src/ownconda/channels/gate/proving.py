"""Proves many records to be installable with few questions to a solver."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ownconda.channels.gate.variants import variant
from ownconda.channels.gate.witnesses import proven
from ownconda.conda.machines import Machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import Solution, Solver, Unsolvable
from ownconda.conda.versions import version_key

TOGETHER = 256
"""Most records of one question: more would make a contradiction among them, and the solver's account of it, large."""


class Prover:
    """What is known of the records that clients on machines of one subdir choose from."""

    def __init__(self, solver: Solver, records: Mapping[str, Record], machines: Sequence[Machine]) -> None:
        self._solver = solver
        self._records = records
        self._proven: dict[Machine, set[str]] = {machine: set() for machine in machines}
        self._failed: dict[Machine, dict[str, Unsolvable]] = defaultdict(dict)

    def unsolvable(self, paths: Collection[str], machine: Machine) -> dict[str, Unsolvable]:
        """Tell which of these records can't be installed on a machine, and why."""
        known = self._proven.setdefault(machine, set())
        failed = self._failed[machine]
        open_ones = [self._records[path] for path in paths if path not in known and path not in failed]
        suspects = {path for answers in self._failed.values() for path in answers}
        for batch in _batches([record for record in open_ones if record.path not in suspects]):
            self._settle(batch, machine)
        for record in open_ones:
            if record.path in suspects:  # what fails on one machine mostly fails on others, and would spoil a batch
                self._settle([record], machine)
        return {path: failed[path] for path in paths if path in failed}

    def _settle(self, batch: Sequence[Record], machine: Machine) -> None:
        """Find out about records of different names: together, or else by halves."""
        known = self._proven[machine]
        left = [record for record in batch if record.path not in known]
        if not left:
            return
        answer = self._solver.together(left, machine)
        if isinstance(answer, Solution):
            self._note(answer, machine)
        elif len(left) == 1:
            self._failed[machine][left[0].path] = answer
        else:
            middle = len(left) // 2
            self._settle(left[:middle], machine)
            self._settle(left[middle:], machine)

    def _note(self, solution: Solution, machine: Machine) -> None:
        self._proven[machine].update(solution.paths)
        for other in self._proven.keys() - {machine}:
            self._proven[other].update(proven(solution.paths, self._records, other))


def _batches(records: Iterable[Record]) -> Iterator[Sequence[Record]]:
    """Arrange records for questions: never two of one name, and those that can be expected to go together.

    That is: of one variant, and each as far behind the newest of its name as the others.
    """
    builds: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        builds[record.name, variant(record)].append(record)
    together: defaultdict[tuple[int, str], list[Record]] = defaultdict(list)
    for (_, kind), same in sorted(builds.items()):
        for behind, record in enumerate(sorted(same, key=_age, reverse=True)):
            together[behind, kind].append(record)
    for group in together.values():
        for start in range(0, len(group), TOGETHER):
            yield group[start : start + TOGETHER]


def _age(record: Record) -> tuple[object, ...]:
    return (*version_key(record.version), record.build_number, record.path)
