"""How long packages took to build, remembered beside the channel on disk, to estimate how long they will take."""

import json
from collections.abc import Iterable
from pathlib import Path

from ownconda.building.outcomes import Outcome
from ownconda.recipes.builds import Build
from ownconda.wires.files import write_atomically

FILE_NAME = "seconds.json"
UNKNOWN = 30.0
"""Seconds that a package is taken for which was never built here."""


def remembered(folder: Path) -> dict[str, float]:
    """Read how many seconds packages took, by name; a file that can't be read counts as none."""
    try:
        read = json.loads((folder / FILE_NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {str(name): float(value) for name, value in read.items() if isinstance(value, int | float)}


def remember(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """Add what was built now."""
    new = {one.build.name: round(one.seconds, 1) for one in outcomes if one.status == "built"}
    if new:
        content = json.dumps(remembered(folder) | new, indent=1, sort_keys=True)
        write_atomically(folder / FILE_NAME, content.encode(), durable=False)


def estimate(seconds: dict[str, float], build: Build) -> float:
    """Estimate how many seconds a Build takes."""
    return seconds.get(build.name, UNKNOWN)
