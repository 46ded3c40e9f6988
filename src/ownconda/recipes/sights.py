"""What a rendering saw of the world, noted while it looks, so that it can be told later whether it would see the same.

Whatever reads for a recipe looks through the functions of ``reading``, which note it here. What is different every
time, or nobody can look at again (a clock, the environment), is noted as passing.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

CONTENT, FILE, FOLDER, NAMES, PLACE = "content", "file", "folder", "names", "place"
"""What can be seen of a path: a file's content, whether it or a folder is there, what is in it, where links lead."""

REPOSITORY, COMMIT = "repository", "commit"
"""What git can tell: the folder of the repository around a path, and how a repository calls its present commit."""

Seen = bytes | bool | int | str
"""A content's digest, or the number of the error; whether something is there; a path, names, or git's words."""

Sight = tuple[str, str, Seen]
"""What was looked for, at which path, and what was seen there."""

LARGEST = 512 * 2**10
"""How many bytes of a file are read."""


@dataclass(slots=True)
class Notes:
    """All that was seen in a while; ``is_lasting`` tells whether that is all that could make a difference."""

    seen: dict[tuple[str, str], Seen] = field(default_factory=dict)
    is_lasting: bool = True

    @property
    def sights(self) -> tuple[Sight, ...]:
        """Give what was seen as values that can be kept."""
        return tuple((kind, path, seen) for (kind, path), seen in self.seen.items())


_NOTES: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def noting() -> Iterator[Notes]:
    """Note all that is seen while the block runs."""
    notes = Notes()
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def read(path: str) -> bytes:
    """Read a file, no more than one byte beyond LARGEST.

    Raises OSError.
    """
    try:
        content = _content(path)
    except OSError as error:
        _note(CONTENT, path, error.errno or 0)
        raise
    _note(CONTENT, path, _digest(content))
    return content


def look(kind: str, path: str) -> Seen:
    """See what there is of a kind other than CONTENT; what can't be a path is nothing."""
    seen = _WAYS[kind](path)
    _note(kind, path, seen)
    return seen


def note_passing() -> None:
    """Note that something was seen that may be different the next time without anybody noticing."""
    notes = _NOTES.get()
    if notes is not None:
        notes.is_lasting = False


def would_see(sights: Iterable[Sight], again: Callable[[str, str], Seen]) -> bool:
    """Tell whether all of that still looks the same; ``again`` is what `looking_again` gives."""
    for kind, path, seen in sights:  # noqa: SIM110  (tens of thousands: a generator costs as much as a look)
        if again(kind, path) != seen:
            return False
    return True


def looking_again() -> Callable[[str, str], Seen]:
    """Give a function that looks at each thing once more, and only once, however often it is asked."""
    return cache(lambda kind, path: _WAYS[kind](path))


def _note(kind: str, path: str, seen: Seen) -> None:
    notes = _NOTES.get()
    if notes is not None and notes.seen.setdefault((kind, path), seen) != seen:
        notes.is_lasting = False  # it changes while we look


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = os.read(descriptor, _USUAL)
        while len(content) >= _USUAL and len(content) <= LARGEST and (more := os.read(descriptor, LARGEST)):
            content += more
    finally:
        os.close(descriptor)
    return content[: LARGEST + 1]


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _content_seen(path: str) -> Seen:
    try:
        return _digest(_content(path))
    except OSError as error:
        return error.errno or 0


def _is_file(path: str) -> bool:
    try:
        return os.access(path, os.F_OK) and os.path.isfile(path)  # noqa: PTH113  (mostly it isn't there, which costs less so)
    except ValueError:
        return False


def _names(path: str) -> str:
    try:
        return "\0".join(sorted(os.listdir(path)))  # noqa: PTH208  (thousands of folders: names are all that is asked for)
    except OSError:
        return ""


def _repository(path: str) -> str:
    folder = Path(path)
    return next((str(above) for above in (folder, *folder.parents) if (above / ".git").exists()), "")


def _commit(repository: str) -> str:
    from ownconda.git.description import describe  # noqa: PLC0415  (few recipes ask)

    return "\n".join(f"{name}={value}" for name, value in describe(Path(repository)).items())


_USUAL = 16 * 2**10  # most recipes are smaller: one call reads them
_WAYS: Mapping[str, Callable[[str], Seen]] = MappingProxyType(
    {
        CONTENT: _content_seen,
        FILE: _is_file,
        FOLDER: os.path.isdir,
        NAMES: _names,
        PLACE: os.path.realpath,
        REPOSITORY: _repository,
        COMMIT: _commit,
    }
)
