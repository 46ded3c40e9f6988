"""Traces of the building machine: paths that stand in a package's files and lead nowhere on another machine."""

import mmap
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ownconda.building.package_checks.facts import Place

SHOWN = 160
"""Bytes of a path that are shown."""

SHORTEST = 12
"""Bytes: a shorter path than ``/tmp/abcdefg`` could stand in a file by accident."""

_HOME = re.compile(rb"/home/[a-z_][a-z0-9_.-]{0,30}/[\w.@+-]")
_END = re.compile(rb"[\0-\x20\"'<>:;,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A path to look for. Where one of ``but`` stands, it is that one."""

    place: Place
    path: bytes
    but: tuple[bytes, ...] = ()


def traces_of(listed: Iterable[Mapping[str, Any]], configuration: object) -> tuple[Trace, ...]:
    """Tell what to look for: what the package's paths.json and its rendered recipe say of where it was built."""
    directories = configuration.get("directories") if isinstance(configuration, dict) else None
    folders = directories if isinstance(directories, dict) else {}
    written = [entry.get("prefix_placeholder") for entry in listed]
    prefixes = tuple(sorted(_paths([*written, folders.get("host_prefix")])))
    others = sorted(_paths([folders.get("build_dir")]))
    return (
        *(Trace(place="prefix", path=path) for path in prefixes),
        *(Trace(place="build folder", path=path, but=prefixes) for path in others),
    )


def find_trace(content: bytes | mmap.mmap, trace: Trace, start: int = 0, end: int | None = None) -> str:
    """Give the first path of a trace in a part of a file, or nothing."""
    place = content.find(trace.path, start, len(content) if end is None else end)
    while place >= 0 and any(content[place : place + len(other)] == other for other in trace.but):
        place = content.find(trace.path, place + 1, len(content) if end is None else end)
    return _shown(content, place) if place >= 0 else ""


def find_home(content: bytes | mmap.mmap, start: int, end: int) -> str:
    """Give the first path below somebody's home in a part of a file, or nothing."""
    found = _HOME.search(content, start, end)
    return _shown(content, found.start()) if found else ""


def _paths(values: Iterable[object]) -> set[bytes]:
    return {
        os.fsencode(value) for value in values if isinstance(value, str) and value[:1] == "/" and len(value) >= SHORTEST
    }


def _shown(content: bytes | mmap.mmap, start: int) -> str:
    return _END.split(content[start : start + SHOWN], maxsplit=1)[0].decode(errors="replace")
