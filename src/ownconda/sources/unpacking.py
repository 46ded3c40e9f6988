"""Whether an archive may be unpacked: nothing in it that could reach outside its folder, or fill the disk. Pure."""

import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ownconda.sources.members import Member

MOST_MEMBERS = 2_000_000
ALWAYS_FINE = 4 << 30
"""Bytes that an archive may unpack to however small it is."""

LARGEST_RATIO = 200
"""How many times its own size a larger one may unpack to; sources come to some ten times."""

MOST_LINKS_ON_A_WAY = 40  # as Linux has it
MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong with an archive, and what is odd about it and harmless; both in words."""

    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def judge(members: Iterable[Member], *, packed: int) -> Verdict:
    """Judge an archive of ``packed`` bytes by its members; a bomb isn't read to its end."""
    found = _Tree()
    for member in members:
        found.add(member)
        bomb = found.bomb(packed)
        if bomb:
            return Verdict(faults=(*found.faults[:MOST_TOLD], bomb))
    faults = [*found.faults, *found.links_that_leave()]
    return Verdict(faults=_first(faults), remarks=_first(found.remarks))


@dataclass(slots=True)
class _Tree:
    """What would be on the disk: links with where they lead, and everything else."""

    size: int = 0
    count: int = 0
    paths: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    hard_links: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, member: Member) -> None:
        self.size += member.size
        self.count += 1
        path = _inside(member.path)
        if path is None:
            self.faults.append(f"{member.path!r} would be written outside")
        elif member.kind == "device":
            self.faults.append(f"{member.path!r} is a device or a pipe")
        elif member.kind == "link":
            self.links[path] = member.target
        else:
            self._add_plain(path, member)

    def _add_plain(self, path: str, member: Member) -> None:
        self.paths.add(path)
        if member.kind == "hard link":
            self.hard_links[path] = member.target
        elif member.kind == "file" and member.mode & (stat.S_ISUID | stat.S_ISGID):
            self.remarks.append(f"{path!r} has the setuid or setgid bit, which the builder takes away")

    def bomb(self, packed: int) -> str:
        """Tell what is too much, or nothing."""
        if self.size > max(ALWAYS_FINE, LARGEST_RATIO * packed):
            return f"it unpacks to more than {self.size >> 20} MiB"
        return f"it has more than {MOST_MEMBERS} members" if self.count > MOST_MEMBERS else ""

    def links_that_leave(self) -> Iterator[str]:
        """Find what goes through a link, and links that lead out; only when all are known."""
        root = self._root()
        for path in sorted(self.paths & self.links.keys()):
            yield f"{path!r} is there twice, once as a link"
        for path in sorted(self.paths | self.links.keys()):
            through = next((above for above in _above(path) if above in self.links), None)
            if through:
                yield f"{path!r} would be written through the link {through!r}"
        for path, target in self.links.items():
            if self._leaves(path, root):
                yield f"the link {path!r} leads outside, to {target!r}"
        for path, target in self.hard_links.items():
            if _inside(target) not in self.paths | self.links.keys():
                yield f"the hard link {path!r} leads to {target!r}, which isn't in the archive"

    def _root(self) -> str:
        """Give the one folder that holds everything, which the builder takes away, or nothing."""
        tops = {path.partition("/")[0] for path in self.paths | self.links.keys()}
        return tops.pop() if len(tops) == 1 and not tops & self.links.keys() else ""

    def _leaves(self, path: str, root: str) -> bool:
        at = _followed(self.links, path)
        return at is None or (bool(root) and at[:1] != [root])


def _followed(links: Mapping[str, str], link: str) -> list[str] | None:
    """Follow a link, through others too, and give where it leads; None when that is outside.

    One that leads in circles leads nowhere, and so nowhere outside.
    """
    at, way = link.split("/")[:-1], _steps(links[link])
    followed = 1
    while way and way[0] != "/" and followed <= MOST_LINKS_ON_A_WAY:
        step = way.pop(0)
        if step == ".." and not at:
            return None
        if step == "..":
            at.pop()
        elif "/".join([*at, step]) in links and way:
            way[:0] = _steps(links["/".join([*at, step])])
            followed += 1
        else:
            at.append(step)
    return None if way[:1] == ["/"] else at


def _inside(text: str) -> str | None:
    """Give a path without ``.`` and double slashes; None when it is absolute or goes up."""
    if text.startswith("/") or ".." in text.split("/") or "\0" in text:
        return None
    return posixpath.normpath(text)


def _steps(target: str) -> list[str]:
    steps = [step for step in target.split("/") if step not in {"", "."}]
    return ["/", *steps] if target.startswith("/") else steps


def _above(path: str) -> Iterator[str]:
    end = path.find("/")
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _first(told: list[str]) -> tuple[str, ...]:
    more = len(told) - MOST_TOLD
    return (*told[:MOST_TOLD], f"and {more} more") if more > 0 else tuple(told)
