"""What became of the Builds of a plan."""

from dataclasses import dataclass
from typing import Literal

from ownconda.building.kept import Kept
from ownconda.errors import OwncondaError
from ownconda.recipes.builds import Build

Status = Literal["built", "there already", "failed", "left out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one Build, and how many seconds it took; ``error`` when it failed.

    ``kept`` is the folder in which it was built, where that was to be kept.
    """

    build: Build
    status: Status
    seconds: float = 0.0
    reason: str = ""
    error: OwncondaError | None = None
    kept: Kept | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether its package is in the channel."""
        return self.status in {"built", "there already"}
