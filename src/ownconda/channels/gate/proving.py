"""Proves many records to be installable, or not to be, with few questions to a solver."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from ownconda.channels.gate.choices import Choices
from ownconda.channels.gate.including import Including
from ownconda.channels.gate.reckoning import Reckoner
from ownconda.channels.gate.variants import variant
from ownconda.channels.gate.witnesses import proven
from ownconda.conda.machines import Machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import Answer, Solution, Solver, Unsolvable
from ownconda.conda.versions import version_key

TOGETHER = 256
"""Most records of one question: more would make a contradiction among them, and the solver's account of it, large."""

DeadEnds = Callable[[Machine], Mapping[str, str]]


class Prover:
    """What is known of the records that clients on machines of one subdir choose from."""

    def __init__(
        self,
        open_solver: Callable[[], Solver],
        records: Mapping[str, Record],
        machines: tuple[Machine, ...],
        dead_ends: DeadEnds,
    ) -> None:
        self._open_solver = open_solver
        self._records = records
        self._machines = machines
        self._dead_ends = dead_ends
        self._choices = Choices(records)
        self._including = Including(records.values())
        self._proven: dict[Machine, set[str]] = {machine: set() for machine in machines}
        self._failed: dict[Machine, dict[str, Unsolvable]] = defaultdict(dict)
        self._words: dict[tuple[str, Machine], Answer] = {}
        self._reckoners: dict[Machine, Reckoner] = {}

    def failing(self, paths: Collection[str], machine: Machine) -> Iterator[tuple[str, Unsolvable]]:
        """Tell which of these records can't be installed on a machine, and why, as it is found out.

        What is told without the solver isn't in its words.
        """
        failed = self._failed[machine]
        yield from ((path, failed[path]) for path in paths if path in failed)
        records = _ordered((self._records[path] for path in paths if path not in failed), self._records.values())
        hopeful: list[Record] = []
        for record in self._not_proven(records, machine):
            answer = self._refuted(record.path, machine)
            if answer:
                failed[record.path] = answer
                yield record.path, answer
            elif record.path not in self._proven[machine]:
                hopeful.append(record)
        for batch in _batches(hopeful):
            yield from self._settle(batch, machine)

    def solution(self, path: str, machine: Machine) -> frozenset[str]:
        """Give what is installed with a record; nothing where it can't be."""
        answer = self._open_solver().together([self._records[path]], machine)
        return answer.paths if isinstance(answer, Solution) else frozenset()

    def in_words(self, path: str, machine: Machine) -> Unsolvable | None:
        """Give the solver's words why a record can't be installed; None when it says otherwise, or nothing.

        What can't be installed on a greater machine is told as there, since that is why it can't on this one.
        """
        greatest = next(one for one in (*self._greater(machine), machine) if one == machine or self._fails(path, one))
        if (path, greatest) not in self._words:
            self._words[path, greatest] = self._open_solver().together([self._records[path]], greatest)
        answer = self._words[path, greatest]
        return answer if isinstance(answer, Unsolvable) and not answer.undecided else None

    def _fails(self, path: str, machine: Machine) -> bool:
        return path in self._failed[machine] or path in self._dead_ends(machine)

    def _greater(self, machine: Machine) -> tuple[Machine, ...]:
        return self._including.greater(machine, self._machines)

    def _not_proven(self, records: Iterable[Record], machine: Machine) -> Iterator[Record]:
        """Leave out what is seen at once to be installable; what is so on a lesser machine is so on this one."""
        known = self._proven.setdefault(machine, set())
        lesser = [some for other, some in self._proven.items() if machine in self._greater(other)]
        reckoner = self._reckoner(machine)
        for record in records:
            path = record.path
            if path in known or any(path in some for some in lesser) or reckoner.proves(path):
                known.add(path)
            else:
                yield record

    def _refuted(self, path: str, machine: Machine) -> Unsolvable | None:
        """Tell what is seen to be uninstallable; what can't be installed on a greater machine can't on this one."""
        for one in (*self._greater(machine), machine):
            if path in self._proven.get(one, ()):
                continue
            if path not in self._failed[one]:
                reckoned = self._reckoner(one).reckoned(path)
                if reckoned.can is None:
                    continue
                if reckoned.can:
                    self._proven[one].add(path)
                    continue
                self._failed[one][path] = Unsolvable(words=reckoned.words)
            if not self._failed[one][path].undecided:
                return self._failed[one][path]
        return None

    def _settle(self, batch: Sequence[Record], machine: Machine) -> Iterator[tuple[str, Unsolvable]]:
        """Find out about records of different names: together, or else by halves."""
        left = [record for record in batch if record.path not in self._proven[machine]]
        if not left:
            return
        answer = self._open_solver().together(left, machine)
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

    def _reckoner(self, machine: Machine) -> Reckoner:
        if machine not in self._reckoners:
            self._reckoners[machine] = Reckoner(self._choices, machine, self._dead_ends(machine))
        return self._reckoners[machine]


def _ordered(records: Iterable[Record], all_records: Iterable[Record]) -> list[Record]:
    """Put records next to each other that can be expected to go together.

    That is: those of one variant that were made at the same time, or are as far behind the newest of their names.
    """
    some = list(records)
    behind = _behind({record.name for record in some}, all_records)
    return sorted(some, key=lambda one: (variant(one), -one.timestamp, behind[one.path], one.name))


def _batches(records: Iterable[Record]) -> Iterator[Sequence[Record]]:
    """Arrange records for questions, in their order: never two of one name."""
    batch: dict[str, Record] = {}
    for record in records:
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
    places = {name: {version: place for place, version in enumerate(some)} for name, some in order.items()}
    return {record.path: places[record.name][record.version] for record in found}
