"""What can go wrong, as facts: the error families, and Problem, a finding with its place.

An error carries facts as attributes; ``str()`` makes the sentence. Only the doors (``cli``, ``forge``) turn
a family into an exit code or an HTTP status.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place that a person can go to: a file or URL, a line (from 1), a field such as ``requirements.run[2]``."""

    file: Path | str
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        return place if self.field is None else f"{place}: {self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding: what is wrong, where, and what to do next."""

    what: str
    where: Where | None = None
    hint: str | None = None

    def __str__(self) -> str:
        return self.what if self.where is None else f"{self.where}: {self.what}"


class OwncondaError(Exception):
    """The base of all errors that ownconda raises on purpose; it carries at least one Problem."""

    def __init__(self, what: str, *, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.problems: tuple[Problem, ...] = (Problem(what=what, where=where, hint=hint),)

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Self:
        """Tell several problems together."""
        found = tuple(problems)
        error = cls(found[0].what, where=found[0].where, hint=found[0].hint)
        error.problems = found
        return error

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class WrongInputError(OwncondaError):
    """What the user gave (a file, an option, a setting) can't be used as it is."""


class OutsideError(OwncondaError):
    """Something outside ownconda is missing, full or can't be reached."""


class NoError(OwncondaError):
    """It ran, and the answer is no: a build or test failed, an upload was refused."""


class ConflictError(NoError):
    """The state changed meanwhile, or holds something else under the same name."""
