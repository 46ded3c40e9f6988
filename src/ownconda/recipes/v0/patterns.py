"""Regular expressions that a recipe brings along: searched within a limit of time, since one can take for ever."""

import time
from dataclasses import dataclass

import regex

from ownconda.recipes.sights import note_passing
from ownconda.recipes.v0.values import TemplateError

LONGEST = 1.0
"""How many seconds the patterns of one recipe may take in all."""


@dataclass(slots=True)
class Searches:
    """The searches of one recipe, which share one limit."""

    seconds_left: float = LONGEST

    def first(self, pattern: str, text: str) -> "regex.Match[str] | None":
        """Find the first place that fits, as Python's ``re`` would.

        Raises TemplateError when the pattern can't be understood, or takes too long.
        """
        started = time.monotonic()
        try:
            return regex.search(pattern, text, timeout=max(self.seconds_left, 0.001))
        except regex.error as error:
            raise TemplateError(f"the pattern {pattern[:40]!r} can't be understood: {error}") from error
        except TimeoutError as error:
            note_passing()  # on another day it may be quick enough
            raise TemplateError(f"searching for the pattern {pattern[:40]!r} takes too long") from error
        finally:
            self.seconds_left -= time.monotonic() - started
