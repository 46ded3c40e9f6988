"""Whether a package that was made again is the same."""

from collections.abc import Sequence
from pathlib import Path

from ownconda.building.comparison import Difference, compare
from ownconda.errors import NoError


def check_same(label: str, package: Path, again: Path) -> None:
    """Compare a package with one that was made again.

    Raises NoError that tells the differences.
    """
    found = compare(package, again)
    if found:
        raise NoError(
            f"{label} isn't reproducible: made again, {told(found)}",
            hint="what differs comes from the recipe's script, or from a tool that it runs: "
            "the hour, a random number, the machine, or the order of what runs at the same time",
        )


def told(differences: Sequence[Difference]) -> str:
    """Tell which files differ and how, one after the other."""
    files = "1 file differs" if len(differences) == 1 else f"{len(differences)} files differ"
    lines = [line for one in differences for line in (one.path, *(f"  {line}" for line in one.how))]
    return "\n".join([files, *(f"    {line}" for line in lines)])


def other_cores(cores: int) -> int:
    """Choose another number of jobs at a time than a package was first made with."""
    return 1 if cores > 1 else 2
