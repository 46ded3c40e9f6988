"""Machine: what packages are installed on, as a solver sees it: a subdir, and its virtual packages."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ownconda.conda.names import NOARCH, SUBDIRS
from ownconda.conda.versions import is_version
from ownconda.errors import Problem, Where, WrongInputError

_NAME = re.compile(r"__[a-z0-9][a-z0-9_.-]*")
_EXAMPLE = "for example __glibc=2.28, __cuda=12.4 or __archspec=1=x86_64"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualPackage:
    """What a machine has without any package (CEP 30): ``__glibc`` 2.28. Where no version is meant, it is 0."""

    name: str
    version: str = "0"
    build: str = "0"

    def __str__(self) -> str:
        return f"{self.name}={self.version}" if self.build == "0" else f"{self.name}={self.version}={self.build}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A kind of machine that packages are for; ``name`` is what people call it."""

    name: str
    subdir: str
    virtual_packages: tuple[VirtualPackage, ...] = ()

    def __str__(self) -> str:
        return self.name

    def virtual(self, name: str) -> VirtualPackage | None:
        """Give its virtual package of that name, if it has it."""
        return next((one for one in self.virtual_packages if one.name == name), None)


def read_machine(name: str, subdir: str, texts: Sequence[str]) -> Machine:
    """Make a machine of what settings say: texts such as ``__glibc=2.28``, on top of what its subdir always has.

    Raises WrongInputError with everything that can't be read.
    """
    problems = [*_subdir_problems(name, subdir), *_text_problems(name, texts)]
    if problems:
        raise WrongInputError.of(problems)
    given = {one.name: one for one in map(_virtual_package, texts)}
    usual = {one.name: one for one in default_machine(subdir).virtual_packages if one.name not in _VERSIONED}
    return Machine(name=name, subdir=subdir, virtual_packages=tuple((usual | given).values()))


def default_machine(subdir: str, *, glibc: str = "") -> Machine:
    """Give the machine that a subdir stands for where settings name none: without GPU, its system as new as needed.

    ``glibc`` is the version of the C library of a Linux machine, where that is known.
    """
    system, _, processor = subdir.partition("-")
    texts = list(_SYSTEMS.get(system, ()))
    architecture = _PROCESSORS.get(subdir, processor)
    if architecture in _ARCHITECTURES:
        texts.append(f"__archspec=1={architecture}")
    if glibc and system == "linux":
        texts = [f"__glibc={glibc}" if text.startswith("__glibc=") else text for text in texts]
    return Machine(name=subdir, subdir=subdir, virtual_packages=tuple(map(_virtual_package, texts)))


def machines_for(subdirs: Iterable[str], profiles: Sequence[Machine], *, glibc: str = "") -> tuple[Machine, ...]:
    """Give the profiles, and for each of the subdirs that has none the default; never nothing at all."""
    covered = {NOARCH, *(one.subdir for one in profiles)}
    found = (*profiles, *(default_machine(subdir, glibc=glibc) for subdir in sorted(set(subdirs) - covered)))
    return found or (default_machine("linux-64", glibc=glibc),)


_VERSIONED = frozenset({"__glibc", "__osx", "__archspec"})
"""Profiles say these themselves: a machine without a GNU C library is one, too."""
_ANY_GLIBC, _ANY_OSX = "2.999", "999"
"""Newer than any: how old a system may be is held against packages only where settings say it."""
_SYSTEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "linux": ("__unix", "__linux", f"__glibc={_ANY_GLIBC}"),
        "osx": ("__unix", f"__osx={_ANY_OSX}"),
        "win": ("__win",),
        "freebsd": ("__unix",),
        "emscripten": ("__unix",),
    }
)
_PROCESSORS: Mapping[str, str] = MappingProxyType(
    {"linux-64": "x86_64", "osx-64": "x86_64", "win-64": "x86_64", "linux-32": "x86", "win-32": "x86"}
    | {"osx-arm64": "m1", "win-arm64": "aarch64"}
)
_ARCHITECTURES = frozenset({"x86_64", "x86", "aarch64", "m1", "ppc64le", "s390x", "riscv64"})


def _subdir_problems(name: str, subdir: str) -> Iterable[Problem]:
    if subdir in SUBDIRS - {NOARCH}:
        return
    near = difflib.get_close_matches(subdir, sorted(SUBDIRS - {NOARCH}), n=1)
    yield Problem(
        what=f"{subdir!r} isn't the subdir of a machine",
        where=Where(file=name),
        hint=f"did you mean {near[0]}?" if near else "for example linux-64",
    )


def _text_problems(name: str, texts: Sequence[str]) -> Iterable[Problem]:
    seen: set[str] = set()
    for text in texts:
        found, _, rest = text.partition("=")
        version = rest.partition("=")[0]
        where = Where(file=name, field=text)
        if not _NAME.fullmatch(found) or text.endswith("=") or text.count("=") > 2:  # noqa: PLR2004  (name, version, build)
            yield Problem(what="isn't a virtual package", where=where, hint=_EXAMPLE)
        elif version and not is_version(version):
            yield Problem(what=f"{version!r} isn't a version", where=where, hint=_EXAMPLE)
        elif found in seen:
            yield Problem(what=f"{found} is there twice", where=where)
        seen.add(found)


def _virtual_package(text: str) -> VirtualPackage:
    name, _, rest = text.partition("=")
    version, _, build = rest.partition("=")
    return VirtualPackage(name=name, version=version or "0", build=build or "0")
