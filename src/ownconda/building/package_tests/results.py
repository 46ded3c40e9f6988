"""What came of a package's tests."""

from dataclasses import dataclass
from typing import Literal

from ownconda.building.package_tests.candidates import Candidate
from ownconda.errors import OwncondaError

Status = Literal["passed", "failed", "no tests", "not here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one package's tests, and how many seconds they took; ``error`` when one failed.

    ``no tests`` has a package without any; ``not here`` can one be tested that is for another platform.
    """

    candidate: Candidate
    status: Status
    seconds: float = 0.0
    reason: str = ""
    error: OwncondaError | None = None
