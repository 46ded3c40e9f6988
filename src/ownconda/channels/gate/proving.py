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

    def failing(self, paths: Collection[str], machine: Machine) -> Iterator[tuple[str, Unsolvable]]:
        """Tell which of these records can't be installed on a machine, and why, as it is found out."""
        known = self._proven.setdefault(machine, set())
        failed = self._failed[machine]
        yield from ((path, failed[path]) for path in paths if path in failed)
        open_ones = [self._records[path] for path in paths if path not in known and path not in failed]
        suspects = {path for answers in self._failed.values() for path in answers}
        hopeful = [record for record in open_ones if record.path not in suspects]
        for batch in _batches(hopeful, _behind({record.name for record in hopeful}, self._records.values())):
            yield from self._settle(batch, machine)
        for record in open_ones:
            if record.path in suspects:  # what fails on one machine mostly fails on others, and would spoil a batch
                yield from self._settle([record], machine)

    def solution(self, path: str, machine: Machine) -> frozenset[str]:
        """Give what is installed with a record; nothing where it can't be."""
        answer = self._solver.together([self._records[path]], machine)
        return answer.paths if isinstance(answer, Solution) else frozenset()

    def _settle(self, batch: Sequence[Record], machine: Machine) -> Iterator[tuple[str, Unsolvable]]:
        """Find out about records of different names: together, or else by halves."""
        left = [record for record in batch if record.path not in self._proven[machine]]
        if not left:
            return
        answer = self._solver.together(left, machine)
        if isinstance(answer, Solution):
            self._note(answer, machine)
        elif len(left) == 1:
            self._failed[machine][left[0].path] = answer
            yield left[0].path, answer
        else:
            middle = len(left) // 2
            yield from self._settle(left[:middle], machine)
            yield from self._settle(left[middle:], machine)

    def _note(self, solution: Solution, machine: Machine) -> None:
        self._proven[machine].update(solution.paths)
        for other in self._proven.keys() - {machine}:
            self._proven[other].update(proven(solution.paths, self._records, other))


def _batches(records: Iterable[Record], behind: Mapping[str, int]) -> Iterator[Sequence[Record]]:
    """Arrange records for questions: never two of one name, and those that can be expected to go together.

    That is: those of one variant that were made at the same time, or are as far behind the newest of their names.
    """
    batch: dict[str, Record] = {}
    for record in sorted(records, key=lambda one: (variant(one), -one.timestamp, behind[one.path], one.name)):
        if record.name in batch or len(batch) == TOGETHER:
            yield tuple(batch.values())
            batch = {}
        batch[record.name] = record
    if batch:
        yield tuple(batch.values())


def _behind(names: Collection[str], records: Iterable[Record]) -> Mapping[str, int]:
    """Tell of each record of these names how many versions of it are newer."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    found = [record for record in records if record.name in names]
    for record in found:
        versions[record.name].add(record.version)
    order = {name: sorted(some, key=version_key, reverse=True) for name, some in versions.items()}
    return {record.path: order[record.name].index(record.version) for record in found}
