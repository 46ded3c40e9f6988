"""Why an environment couldn't be solved: asked once more of a solver that gives its reasons.

py-rattler-build says only that it couldn't, and in its log what it asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import OwncondaError

UNSOLVED = "Failed to resolve dependencies"

_READ = 1 << 20
"""How many bytes of a log's end are looked at."""

_PLATFORM = re.compile(r"^\s*Platform: (\S+)")
_HEADING = re.compile(r"^\s*(Channels|Specs):$")
_ENTRY = re.compile(r"^\s*- (.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a solver was asked for: match specs, for a subdir, from channels' addresses."""

    subdir: str
    channels: tuple[str, ...]
    specs: tuple[str, ...]


def note_reason(log: Path) -> None:
    """Add to the log of a build whose environment couldn't be solved why that is, as far as it can be told."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _READ))
        found = last_asked(file.read().decode(errors="replace").splitlines())
    reason = _reason(found) if found else ""
    with log.open("a", encoding="utf-8") as file:
        file.write(reason and f"{reason}\n")


def last_asked(lines: Sequence[str]) -> Asked | None:
    """Read what a solver was asked for last; None when the log doesn't say."""
    begins = max((number for number, line in enumerate(lines) if _PLATFORM.match(line)), default=None)
    if begins is None:
        return None
    lists: dict[str, list[str]] = {"Channels": [], "Specs": []}
    current: list[str] = []
    for line in lines[begins + 1 :]:
        heading, entry = _HEADING.match(line), _ENTRY.match(line)
        if heading:
            current = lists[heading[1]]
        elif entry:
            current.append(entry[1])
        else:
            break
    platform = _PLATFORM.match(lines[begins])
    return Asked(subdir=platform[1] if platform else "", channels=tuple(lists["Channels"]), specs=tuple(lists["Specs"]))


def _reason(asked: Asked) -> str:
    from ownconda.conda.solver import solve  # noqa: PLC0415  (loaded for failures alone)

    try:
        solve(asked.channels, asked.specs, subdir=asked.subdir)
    except OwncondaError as error:
        return error.problems[0].what
    return ""
