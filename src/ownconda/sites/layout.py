"""Which member of an archive becomes which page of a site, and why an archive can't be one. Pure."""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ownconda.errors import Problem, WrongInputError
from ownconda.sources.members import Member
from ownconda.sources.unpacking import judge
from ownconda.wires.characters import is_hidden

FIRST_PAGE = "index.html"
MOST_FILES = 100_000
LARGEST_SITE = 4 << 30
"""Bytes that a site may have in all."""

ALWAYS_FINE, LARGEST_RATIO = 256 << 20, 200
"""Bytes that an archive may unpack to however small it is, and how many times its own size a larger one may."""

LONGEST_NAME = 255
"""Bytes of a file's name that file systems take."""

MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a site is to be: where each member of its archive goes, by the member's own path; ``size`` in bytes."""

    places: Mapping[str, str]
    size: int


def layout_of(members: Iterable[Member], *, packed: int) -> Layout:
    """Lay out an archive of ``packed`` bytes; a bomb isn't read to its end.

    A folder that holds everything is taken off, and files whose name begins with a dot are left out: no web server
    hands them out. Raises WrongInputError that tells what is wrong.
    """
    bounded = list(_bounded(members, packed))
    faults = [*judge(bounded, packed=packed).faults, *_strange(bounded)]
    if faults:
        raise WrongInputError.of([Problem(what=what) for what in _first(faults)])
    files = [(one, posixpath.normpath(one.path)) for one in bounded if one.kind == "file"]
    kept = [(one, place) for one, place in files if not _is_private(place)]
    root = _root({place for _, place in kept})
    _check_places([place.removeprefix(root) for _, place in kept])
    places = {one.path: place.removeprefix(root) for one, place in kept}
    return Layout(places=places, size=sum(one.size for one, _ in kept))


def _bounded(members: Iterable[Member], packed: int) -> Iterator[Member]:
    most, size = min(LARGEST_SITE, max(ALWAYS_FINE, LARGEST_RATIO * packed)), 0
    for count, member in enumerate(members, 1):
        size += member.size
        if count > MOST_FILES:
            raise WrongInputError(f"the archive has more than {MOST_FILES} members")
        if size > most:
            raise WrongInputError(f"the archive unpacks to more than {most >> 20} MiB")
        yield member


def _strange(members: Iterable[Member]) -> Iterator[str]:
    for member in members:
        if member.kind in {"link", "hard link"}:
            yield f"{member.path!r} is a link; send the file itself (tar --dereference)"
        elif "\\" in member.path or any(map(is_hidden, member.path)):
            yield f"{member.path!r} has a character that no address should have"
        elif any(len(part.encode()) > LONGEST_NAME for part in member.path.split("/")):
            yield f"{member.path[:40]!r}… is too long a name"


def _root(places: Collection[str]) -> str:
    """Give the one folder that holds everything, with a slash, where the first page lies in there."""
    tops = {place.partition("/")[0] for place in places}
    top = f"{min(tops)}/" if len(tops) == 1 else ""
    return top if f"{top}{FIRST_PAGE}" in places else ""


def _is_private(place: str) -> bool:
    return any(part.startswith(".") for part in place.split("/"))


def _check_places(places: Sequence[str]) -> None:
    """Check that all of them can lie in one folder, and that a reader has where to begin. Raises WrongInputError."""
    counted = Counter(places)
    folders = {above for place in places for above in _above(place)}
    faults = [f"{place!r} is there twice" for place, count in sorted(counted.items()) if count > 1]
    faults += [f"{place!r} is a file and a folder" for place in sorted(counted.keys() & folders)]
    if faults:
        raise WrongInputError.of([Problem(what=what) for what in _first(faults)])
    if FIRST_PAGE not in counted:
        hint = "pack what the folder of the built pages holds, such as docs/_build/html"
        raise WrongInputError(f"the archive has no {FIRST_PAGE}", hint=hint)


def _above(place: str) -> Iterator[str]:
    while place := posixpath.dirname(place):
        yield place


def _first(faults: Sequence[str]) -> list[str]:
    more = len(faults) - MOST_TOLD
    return [*faults[:MOST_TOLD], f"and {more} more"] if more > 0 else list(faults)
