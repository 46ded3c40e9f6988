"""Finding: one thing that a check of a package tells, with the rule that found it."""

from dataclasses import dataclass
from typing import Literal

from ownconda.errors import Problem, Where

Severity = Literal["error", "warning", "note"]
"""An error keeps a package out of the channel, a warning is told, a note is for those who ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a file of a package, or with all of it where ``file`` is empty.

    ``symbol`` is a library's or a symbol's name, where it is about one.
    """

    rule: str
    severity: Severity
    what: str
    file: str = ""
    symbol: str = ""
    hint: str | None = None

    def problem(self, package: str) -> Problem:
        """Say it for people: the package, the file in it, what is wrong, and the rule."""
        return Problem(
            what=f"{self.what} [{self.rule}]",
            where=Where(file=package, field=self.file or None),
            hint=self.hint,
        )
