"""Package: a node of the graph, be it made by a recipe, a file, listed by a channel, or only asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from ownconda.conda.match_specs import spec_name
from ownconda.conda.names import NOARCH, names_compiler
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build

Kind = Literal["build", "host", "run", "test"]
KINDS: tuple[Kind, ...] = ("build", "host", "run", "test")
HARD: frozenset[Kind] = frozenset({"build", "host"})
"""The kinds that have to be there before something can be built."""

Origin = Literal["recipe", "file", "channel", "outside"]
Standing = Literal["own", "third-party", "outside"]


class Need(NamedTuple):
    """One requirement: a match spec, and what it is needed for. A tuple, as hundreds of thousands are looked up.

    ``subdir`` is that of the package that asks, since what it hosts or runs with has to fit; requirements to build are
    for the machine that builds, whose subdir isn't known. ``implicit`` marks what nobody wrote: a compiler's package, a
    run export.
    """

    kind: Kind
    spec: str
    subdir: str = ""
    implicit: bool = False

    @property
    def is_hard(self) -> bool:
        """Tell whether it has to be there before something can be built."""
        return self.kind in HARD

    def may_be_in(self, subdir: str) -> bool:
        """Tell whether a package of this subdir could satisfy it."""
        return self.kind == "build" or NOARCH in {subdir, self.subdir} or subdir == self.subdir


def asked_name(spec: str) -> str:
    """Give the name that a requirement asks for, also where an old package says what is no match spec."""
    try:
        return spec_name(spec)
    except WrongInputError:
        return spec.split(" ", 1)[0].lower()


def is_compiler(spec: str) -> bool:
    """Tell what ``compiler()`` and ``stdlib()`` give: ``gcc_linux-64``, ``sysroot_linux-64``."""
    return names_compiler(asked_name(spec))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExports:
    """What a package asks of those that are built with it, by kind; and what itself doesn't take from others."""

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    ignored_from: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Package:
    """A package with what it needs: a node of the graph, the same as no other one, whatever they have in common.

    Name, subdir and variant tell it from others, and its ``place``, since several recipes may make the same: a recipe's
    or package's file, a channel's address. ``path`` is where its file stands in a channel.
    ``project`` is the folder of what it is made from. ``common`` are those of its needs that are only for what the
    outputs of its recipe have in common; it takes none of their run exports. A package that nobody given makes has a
    name alone, and is ``outside``. ``made_from`` is what a recipe comes to.
    """

    name: str
    version: str = ""
    build: str = ""
    subdir: str = ""
    path: str = ""
    variant: Mapping[str, str] = field(default_factory=dict)
    origin: Origin
    standing: Standing
    place: str = ""
    project: str = ""
    needs: tuple[Need, ...] = ()
    common: frozenset[Need] = frozenset()
    run_exports: RunExports = field(default_factory=RunExports)
    made_from: Build | None = None


@cache
def outside(name: str) -> Package:
    """Give the package of a name that is asked for and that nobody given makes."""
    return Package(name=name, origin="outside", standing="outside")


def sort_key(package: Package) -> str:
    """Give what packages are sorted by where nothing else decides."""
    return f"{package.name} {package.version} {package.build} {package.subdir} {package.place}"
