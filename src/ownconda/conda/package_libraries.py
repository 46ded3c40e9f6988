"""Shared libraries within packages: which ones a package is for, and which ones it carries as copies of its own.

Wheels carry copies under names of their own: auditwheel and delvewheel put them into ``<project>.libs`` with a checksum
in the name, delocate into ``.dylibs``.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

MOST = 100
"""How many of a package are noted."""

_LIBRARY = re.compile(r"(?P<stem>[^/]+?)(?:\.so(?:\.[\w.]+)?|(?:\.\d+)*\.dylib|\.dll)", re.IGNORECASE)
_OWN_PLACES = frozenset({"lib", "Library/bin"})
_COPIES = re.compile(r"(?:^|/)(?:[^/]+\.libs|\.dylibs)/[^/]+$")
_CHECKSUM = re.compile(r"(?:-[0-9a-f]{8}|-[0-9a-f]{32})+(?:\..*)?$")
_WORD = re.compile(r"[a-z][a-z+]{3,}")
_ENDINGS = (".so", ".dylib", ".dll")


def own_libraries(files: Iterable[str]) -> tuple[str, ...]:
    """Give the stems of the libraries that a package has for others: ``libz`` for ``lib/libz.so.1.3.1``."""
    stems = {_stem(file) for file in files if str(PurePosixPath(file).parent) in _OWN_PLACES}
    return tuple(sorted(stems - {""}))[:MOST]


def carried_libraries(files: Iterable[str]) -> tuple[str, ...]:
    """Give the paths of libraries that a package carries as copies of its own."""
    return tuple(sorted(file for file in files if _is_copy(file)))[:MOST]


def is_copy_of(carried: str, stems: Collection[str], name: str) -> bool:
    """Tell whether a carried library is a copy of what a package has, by its libraries' stems and its own name.

    Stems differ by builds (``libopenblas``, ``libopenblas64_p-r0``), so it is enough that they begin with the same word
    of four letters or more.
    """
    stem = _CHECKSUM.sub("", _stem(carried))
    return stem in stems or (_word(stem) != "" and _word(stem) in {_word(one) for one in (*stems, name)})


def _is_copy(file: str) -> bool:
    stem = _stem(file)
    return bool(stem) and (_COPIES.search(file) is not None or ("/" in file and _CHECKSUM.search(stem) is not None))


def _stem(file: str) -> str:
    name = file.rpartition("/")[2]
    found = _LIBRARY.fullmatch(name) if any(one in name.lower() for one in _ENDINGS) else None
    return found["stem"].lower() if found else ""


def _word(stem: str) -> str:
    found = _WORD.match(stem.removeprefix("lib"))
    return found[0] if found else ""
