"""What a package meets where it is installed: the packages it needs, the system, and who has what it lacks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ownconda.building.package_checks.floor import SYSTEM_LIBRARIES, Floor

Owners = Callable[[str], Sequence[str]]
"""Which packages have a library of this file name."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A package that is installed together with the one that is looked at.

    ``direct`` is one that it requires itself. ``paths`` are those of its files, relative to the prefix, as linked.
    """

    name: str
    version: str
    direct: bool
    paths: frozenset[str] = field(repr=False)

    @cached_property
    def names(self) -> frozenset[str]:
        """The last parts of its paths."""
        return frozenset(path.rpartition("/")[2] for path in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that a package is judged by. ``unknown`` are the requirements that no channel has."""

    floor: Floor
    system: frozenset[str] = SYSTEM_LIBRARIES
    neighbours: tuple[Neighbour, ...] = ()
    unknown: tuple[str, ...] = ()
    owners: Owners = field(default=lambda _: ())

    def having(self, library: str) -> tuple[Neighbour, ...]:
        """Give the packages that have a library of this file name, those that are required themselves first."""
        return tuple(
            sorted((one for one in self.neighbours if library in one.names), key=lambda one: (not one.direct, one.name))
        )

    def version_of(self, name: str) -> str | None:
        """Give the version of a package that is installed as well."""
        return next((one.version for one in self.neighbours if one.name == name), None)
