"""Traces of the building machine: paths that stand in a package's files and lead nowhere on another machine."""

import mmap
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ownconda.building.package_checks.facts import Place

SHOWN = 160
"""Bytes of a path that are shown."""

SHORTEST = 12
"""Bytes: a shorter path than ``/tmp/abcdefg`` could stand in a file by accident."""

_HOME = re.compile(rb"/home/[a-z_][a-z0-9_.-]{0,30}/[\w.@+-]")
_END = re.compile(rb"[\0-\x20\"'<>:;,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A path to look for: the pattern that finds it, and how many bytes that may look at."""

    place: Place
    pattern: re.Pattern[bytes]
    length: int


def traces_of(prefixes: Iterable[str], build_folder: str) -> tuple[Trace, ...]:
    """Tell what to look for: the prefixes that a package was built for, and its build's folder, where it isn't one."""
    written = sorted(os.fsencode(path) for path in prefixes if _is_telling(path))
    found = [Trace(place="prefix", pattern=re.compile(re.escape(path)), length=len(path)) for path in written]
    if _is_telling(build_folder):
        found.append(_build_folder(os.fsencode(build_folder), written))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: traces count that begin before ``until``, and may be looked at up to ``end``."""

    content: bytes | mmap.mmap
    start: int
    until: int
    end: int


def whole(content: bytes) -> Part:
    """Give all that there is as one part."""
    return Part(content, 0, len(content), len(content))


def find_trace(part: Part, trace: Trace) -> str:
    """Give the first path of a trace in a part of a file, or nothing."""
    return _first(part, trace.pattern)


def find_home(part: Part) -> str:
    """Give the first path below somebody's home in a part of a file, or nothing."""
    return _first(part, _HOME)


def _is_telling(path: str) -> bool:
    return path.startswith("/") and len(path) >= SHORTEST


def _build_folder(path: bytes, prefixes: Sequence[bytes]) -> Trace:
    below = b"|".join(re.escape(prefix.removeprefix(path)) for prefix in prefixes if prefix.startswith(path))
    pattern = re.escape(path) + (b"(?!" + below + b")" if below else b"")
    return Trace(place="build folder", pattern=re.compile(pattern), length=max(map(len, [path, *prefixes])))


def _first(part: Part, pattern: re.Pattern[bytes]) -> str:
    found = pattern.search(part.content, part.start, part.end)
    return _shown(part.content, found.start()) if found and found.start() < part.until else ""


def _shown(content: bytes | mmap.mmap, start: int) -> str:
    return _END.split(content[start : start + SHOWN], maxsplit=1)[0].decode(errors="replace")
