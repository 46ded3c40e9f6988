"""How much memory there is for this process and all that it starts, and how much of it is left, in MB (2**20 bytes).

A container shows its machine's memory; what it may use of that says its control group, in either version of Linux's
("Memory" in the kernel's documentation of cgroup-v2, and of cgroup-v1). psutil doesn't read those.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20
OWN_GROUPS = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")


def whole_memory(own: Path = OWN_GROUPS, groups: Path = GROUPS) -> int:
    """Give what may be used at all; ``own`` names this process's control groups, which are below ``groups``."""
    limits = (group.limit for group in _limited(own, groups))
    return min((_machine().total, *limits)) // MEGABYTE


def memory_left(own: Path = OWN_GROUPS, groups: Path = GROUPS) -> int:
    """Give what could be used now, without what is only cached."""
    left = (max(0, group.limit - group.used) for group in _limited(own, groups))
    return min((_machine().available, *left)) // MEGABYTE


@dataclass(frozen=True, slots=True)
class _Machine:
    """The bytes that a machine has, and those that could be used now."""

    total: int
    available: int


def _machine() -> _Machine:
    import psutil  # noqa: PLC0415  (it takes a while, and few commands build)

    found = psutil.virtual_memory()
    return _Machine(found.total, found.available)


@dataclass(frozen=True, slots=True)
class _Files:
    """How a version of control groups names its files."""

    limit: str
    used: str
    cached: str


_VERSION_1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Files("memory.max", "memory.current", "inactive_file")


@dataclass(frozen=True, slots=True)
class _Group:
    """A control group with a limit: bytes that it may use, and uses, without files' contents that can be dropped."""

    limit: int
    used: int


def _limited(own: Path, groups: Path) -> Iterator[_Group]:
    """Find this process's groups, and those around them, that have a limit."""
    for line in _text(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in {"", "memory"}:
            top = groups / controllers
            files = _VERSION_1 if controllers else _VERSION_2
            inside = top / path.lstrip("/")
            yield from _read([inside, *inside.parents], top, files)


def _read(folders: list[Path], top: Path, files: _Files) -> Iterator[_Group]:
    for folder in folders:
        limit, used = _text(folder / files.limit).strip(), _text(folder / files.used).strip()
        if limit.isdecimal() and used.isdecimal():
            yield _Group(int(limit), int(used) - _cached(folder, files))
        if folder == top:
            return


def _cached(folder: Path, files: _Files) -> int:
    found = re.search(rf"^{files.cached} (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
    return int(found[1]) if found else 0


def _text(file: Path) -> str:
    """Read a file that may not be there."""
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
