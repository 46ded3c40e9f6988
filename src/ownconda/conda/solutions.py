"""Solution and Unsolvable: what a solver answers when it is asked whether records can be installed together."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ownconda.conda.machines import Machine
from ownconda.conda.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Paths of records that can be installed together; all that they need is among them."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolvable:
    """There is no solution, in the solver's words; ``undecided``: it gave up looking for one."""

    words: str
    undecided: bool = False


Answer = Solution | Unsolvable


class Solver(Protocol):
    """Answers questions about records that it was opened with."""

    def together(self, wanted: Sequence[Record], machine: Machine) -> Answer:
        """Tell whether exactly these records can be installed together on a machine."""


OpenSolver = Callable[[Iterable[Record]], AbstractContextManager[Solver]]
"""Opens a solver on all records that there are for a machine's subdir, noarch among them; none hides another."""
