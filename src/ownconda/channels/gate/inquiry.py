"""Inquiry: a channel's state that is asked, machine by machine, what can be installed from it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from types import TracebackType
from typing import Self

from ownconda.channels.gate.dead_ends import Ways
from ownconda.channels.gate.proving import Prover
from ownconda.channels.gate.standing import Standing, seen
from ownconda.conda.machines import Machine
from ownconda.conda.records import Record
from ownconda.conda.solutions import OpenSolver, Unsolvable

_HIDDEN = Unsolvable(words="a channel that this one stands on has packages of that name, and its come first")


class Inquiry:
    """Opens a solver for each subdir when it is first asked for; to be closed."""

    def __init__(self, standing: Standing, machines: Sequence[Machine], open_solver: OpenSolver) -> None:
        self.standing = standing
        self.machines = tuple(machines)
        self.open_solver = open_solver
        self._solvers = ExitStack()
        self._seen: dict[str, dict[str, Record]] = {}
        self._provers: dict[str, Prover] = {}
        self._ways: dict[str, Ways] = {}
        self._dead: dict[Machine, Mapping[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._solvers.close()

    def seen(self, subdir: str) -> Mapping[str, Record]:
        """Give the records that clients on machines of a subdir choose from."""
        if subdir not in self._seen:
            self._seen[subdir] = seen(self.standing, subdir)
        return self._seen[subdir]

    def unsolvable(self, paths: Collection[str], machine: Machine) -> dict[str, Unsolvable]:
        """Tell which of these packages of the channel can't be installed on a machine, and why."""
        return dict(self.failing(paths, machine))

    def failing(self, paths: Collection[str], machine: Machine) -> Iterator[tuple[str, Unsolvable]]:
        """Tell the same one by one; who has heard enough saves the other questions."""
        there = self.seen(machine.subdir)
        yield from ((path, _HIDDEN) for path in paths if path not in there)
        asked = [path for path in paths if path in there]
        if asked:
            yield from self._prover(machine.subdir).failing(asked, machine)

    def in_words(self, path: str, machine: Machine) -> Unsolvable | None:
        """Give the solver's words why a package of the channel can't be installed; None when it has none."""
        return self._prover(machine.subdir).in_words(path, machine) if path in self.seen(machine.subdir) else None

    def solution(self, path: str, machine: Machine) -> frozenset[str]:
        """Give what is installed with a package of the channel; nothing where it can't be."""
        return (
            self._prover(machine.subdir).solution(path, machine) if path in self.seen(machine.subdir) else frozenset()
        )

    def dead_ends(self, machine: Machine) -> Mapping[str, str]:
        """Give what can't be installed on a machine for sure, without asking a solver, each with a reason."""
        if machine not in self._dead:
            if machine.subdir not in self._ways:
                self._ways[machine.subdir] = Ways(self.seen(machine.subdir))
            self._dead[machine] = self._ways[machine.subdir].dead_ends(machine)
        return self._dead[machine]

    def can_install(self, path: str, machine: Machine) -> bool:
        """Tell whether one package of the channel can be installed on a machine."""
        return not self.unsolvable([path], machine)

    def _prover(self, subdir: str) -> Prover:
        if subdir not in self._provers:
            own = tuple(machine for machine in self.machines if machine.subdir == subdir)
            opened = cache(lambda: self._solvers.enter_context(self.open_solver(self.seen(subdir).values())))
            self._provers[subdir] = Prover(opened, self.seen(subdir), own, self.dead_ends)
        return self._provers[subdir]
