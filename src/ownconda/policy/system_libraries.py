"""Shared libraries that an organisation takes from the system instead of packaging them."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

# What the policy ``manylinux_2_28`` of PEP 600 lets a wheel take from the system:
# https://github.com/pypa/auditwheel/blob/main/src/auditwheel/policy/manylinux-policy.json
_MANYLINUX_2_28 = frozenset(
    {
        "libGL.so.1", "libICE.so.6", "libSM.so.6", "libX11.so.6", "libXext.so.6", "libXrender.so.1", "libanl.so.1",
        "libatomic.so.1", "libc.so.6", "libdl.so.2", "libexpat.so.1", "libgcc_s.so.1", "libglib-2.0.so.0",
        "libgobject-2.0.so.0", "libgthread-2.0.so.0", "libm.so.6", "libmvec.so.1", "libnsl.so.1", "libpthread.so.0",
        "libresolv.so.2", "librt.so.1", "libstdc++.so.6", "libutil.so.1", "libz.so.1",
    }
)  # fmt: skip
# The dynamic loader is part of every system: https://gitlab.com/x86-psABIs/x86-64-ABI and its kin name it.
_LOADERS = frozenset(
    {
        "ld-linux.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux-armhf.so.3", "ld64.so.1",
        "ld64.so.2", "ld-linux-riscv64-lp64d.so.1",
    }
)  # fmt: skip

SETS = MappingProxyType({"manylinux_2_28": _MANYLINUX_2_28 | _LOADERS})
"""Lists that have a name."""

DEFAULT = "manylinux_2_28"

_OTHER_SYSTEMS = (".dll", ".dylib", ".tbd", ".framework")
_WILDCARDS = "*?["


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLibraries:
    """The libraries' file names."""

    names: frozenset[str] = SETS[DEFAULT]

    @classmethod
    def of(cls, entries: Iterable[str]) -> "SystemLibraries":
        """Make it of file names and names of SETS."""
        return cls(names=frozenset().union(*(SETS.get(entry, frozenset({entry})) for entry in entries)))

    def allow(self, entry: str) -> bool:
        """Tell whether an entry of a recipe's list stands for nothing but libraries of this one.

        It may be a file name, a path, or a pattern with wildcards. What other systems than Linux have isn't judged.
        """
        name = entry.replace("\\", "/").rpartition("/")[2]
        if entry.lower().endswith(_OTHER_SYSTEMS) or entry.startswith(("/System/", "C:")):
            return True
        if not any(one in name for one in _WILDCARDS):
            return name in self.names
        return ".so" in name and any(fnmatchcase(known, name) for known in self.names)
