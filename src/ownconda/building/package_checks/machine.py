"""This machine's own floor: its GNU C library, and the libstdc++ that it has."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ownconda.building.package_checks.floor import CXXABI, GLIBC, GLIBCXX, Floor, Version

OWN = "this machine's own"
_PLACES = ("/usr/lib64", "/usr/lib/*-linux-gnu*", "/usr/lib", "/lib64", "/lib/*-linux-gnu*")
_LIBC, _LIBSTDCXX = "libc.so.6", "libstdc++.so.6"
_RELEASE = re.compile(rb"GNU C Library [^\n]*release version (\d+)\.(\d+)")
_DEFINED = re.compile(rb"\b(GLIBCXX|CXXABI)_(\d+(?:\.\d+){1,3})\0")


@cache
def machine_floor() -> Floor:
    """Tell what programs can count on that run on this machine. Where there is no GNU C library, it is empty."""
    newest = _libstdcxx()
    if glibc := _glibc():
        newest[GLIBC] = glibc
    return Floor(name=OWN, newest=newest)


def _glibc() -> Version | None:
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return None
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2]) if name == "glibc" else None


def libraries_of_system() -> dict[str, Version]:
    """Tell the same by nothing but the system's files, whatever C library this process itself has."""
    newest = _libstdcxx()
    if found := next(filter(None, (_RELEASE.search(path.read_bytes()) for path in _files(_LIBC))), None):
        newest[GLIBC] = (int(found[1]), int(found[2]))
    return newest


def _libstdcxx() -> dict[str, Version]:
    """Read which versions the system's libstdc++ defines: their names stand in it as they are."""
    found = next(_files(_LIBSTDCXX), None)
    newest: dict[str, Version] = {}
    for family, number in _DEFINED.findall(found.read_bytes() if found else b""):
        version = tuple(int(part) for part in number.split(b"."))
        key = {b"GLIBCXX": GLIBCXX, b"CXXABI": CXXABI}[family]
        newest[key] = max(newest.get(key, ()), version)
    return newest


def _files(name: str) -> Iterator[Path]:
    return (path for place in _PLACES for path in sorted(Path("/").glob(f"{place[1:]}/{name}")))
