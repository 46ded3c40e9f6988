"""Logs of builds: their last lines, and the line that looks like the cause of a failure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LAST_LINES = 25
READ = 1 << 20
"""How many bytes of a log's end are looked at."""

_CAUSES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^Cannot solve the request because of: ",  # solvers
        r"^\S.*: (?:fatal )?error: (?!ld returned|linker command failed)",  # compilers
        r"undefined reference to |cannot find -l|multiple definition of ",  # linkers
        r"^CMake Error|^configure: error:|^meson\.build:\d+:\d+: ERROR",
        r"^[A-Z]\w*(?:\.\w+)*(?:Error|Exception)\b",  # the last line of Python's tracebacks
        r"^error(?:\[E\d+\])?: ",  # cargo, pip
        r": command not found$|: No such file or directory$|: Permission denied$|No space left on device",
        r"^FAILED |^make(?:\[\d+\])?: \*\*\* ",
    )
)
"""What the cause of a failure looks like, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The end of a log, and the line that looks like the cause of a failure, where there is one.

    Its ``number`` is None where the log is too long to count its lines.
    """

    last: tuple[str, ...]
    cause: str | None = None
    number: int | None = None


def excerpt(log: Path) -> Excerpt:
    """Read what a log has to say of a failure; nothing when it can't be read."""
    try:
        with log.open("rb") as file:
            skipped = file.seek(max(0, log.stat().st_size - READ))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return Excerpt(last=())
    place = likely_cause(lines)
    return Excerpt(
        last=tuple(line for line in lines[-LAST_LINES:] if line.strip()),
        cause=None if place is None else lines[place].strip(),
        number=None if place is None or skipped else place + 1,
    )


def likely_cause(lines: Sequence[str]) -> int | None:
    """Find the line that tells why a build failed: the first one of the most telling kind."""
    for pattern in _CAUSES:
        for number, line in enumerate(lines):
            if pattern.search(line.strip()):
                return number
    return None
