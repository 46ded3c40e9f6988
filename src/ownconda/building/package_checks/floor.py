"""The floor: the oldest system that packages have to run on, as the newest symbol versions that they may need.

PEP 600 names systems by their GNU C library (``manylinux_2_28``); which versions of libstdc++ such a system has is told
by auditwheel: https://github.com/pypa/auditwheel/blob/main/src/auditwheel/policy/manylinux-policy.json.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ownconda.errors import WrongInputError

Version = tuple[int, ...]

GLIBC, GLIBCXX, CXXABI = "GLIBC", "GLIBCXX", "CXXABI"
PRIVATE = "GLIBC_PRIVATE"

SYSTEM_LIBRARIES = frozenset(
    {
        "ld-linux.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux-armhf.so.3", "ld64.so.1",
        "ld64.so.2", "ld-linux-riscv64-lp64d.so.1", "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libdl.so.2",
        "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libthread_db.so.1",
        "libutil.so.1", "libatomic.so.1", "libgcc_s.so.1", "libstdc++.so.6",
    }
)  # fmt: skip
"""What a program may take from the system where no policy says anything: the GNU C library, and GCC's runtime."""

# A version that is a feature, and the release of the GNU C library that it came with.
_FEATURES = MappingProxyType({"ABI_DT_RELR": (2, 36), "ABI_GNU2_TLS": (2, 42), "ABI_GNU_TLS": (2, 42)})
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_NAME = re.compile(r"(?:manylinux_)?(\d+)[._](\d+)")
_LIBSTDCXX = (
    ((2, 17), (3, 4, 19), (1, 3, 7)),
    ((2, 24), (3, 4, 22), (1, 3, 10)),
    ((2, 28), (3, 4, 24), (1, 3, 11)),
    ((2, 31), (3, 4, 28), (1, 3, 12)),
    ((2, 34), (3, 4, 29), (1, 3, 13)),
    ((2, 35), (3, 4, 30), (1, 3, 13)),
    ((2, 39), (3, 4, 33), (1, 3, 15)),
)
"""Of systems with this GNU C library or a newer one: the newest GLIBCXX and CXXABI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What a system has: the newest version of each family of symbols. ``name`` is what it is called."""

    name: str
    newest: Mapping[str, Version]

    def __str__(self) -> str:
        glibc = self.newest.get(GLIBC)
        return f"glibc {shown(glibc)} ({self.name})" if glibc else self.name

    def has(self, version: str) -> bool:
        """Tell whether the system has what a symbol version such as ``GLIBC_2.34`` stands for."""
        family, number = parsed(version)
        return family not in self.newest or number is None or number <= self.newest[family]


def floor_of(name: str) -> Floor:
    """Give the floor that a name stands for: ``manylinux_2_28``, or ``2.28``.

    Raises WrongInputError when it is none.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise WrongInputError(f"{name!r} isn't a floor", hint="for example 2.28 or manylinux_2_28")
    glibc = (int(found[1]), int(found[2]))
    newest: dict[str, Version] = {GLIBC: glibc}
    for release, glibcxx, cxxabi in _LIBSTDCXX:
        if release <= glibc:
            newest |= {GLIBCXX: glibcxx, CXXABI: cxxabi}
    return Floor(name=f"manylinux_{found[1]}_{found[2]}", newest=newest)


def parsed(version: str) -> tuple[str, Version | None]:
    """Take a symbol version apart: its family, and its number, or None where it has none."""
    family, _, number = version.partition("_")
    if family == GLIBC and number in _FEATURES:
        return family, _FEATURES[number]
    return family, _numbers(number) if _NUMBERS.fullmatch(number) else None


def shown(version: Version) -> str:
    """Write a number as people do."""
    return ".".join(str(part) for part in version)


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))
