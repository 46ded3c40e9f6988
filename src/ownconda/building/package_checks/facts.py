"""What is known of a package before anything is judged: its metadata, and each of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ownconda.building.package_checks.elf import Elf

Format = Literal["", "ELF", "Mach-O", "PE"]
Place = Literal["prefix", "build folder", "home"]
"""Whose path stands in a file: the prefix it was built for, another folder of its build, somebody's home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A file of a package. ``path`` is relative to the prefix, ``link`` where a symbolic link leads.

    ``unreadable`` says why an ELF file can't be read. ``bytecode`` is the magic number of a .pyc. ``places`` are the
    paths of the building machine in it, each with an example; those in a program's debug information don't count.
    """

    path: str
    mode: int = 0o644
    link: str | None = None
    format: Format = ""
    elf: Elf | None = None
    unreadable: str = ""
    bytecode: int | None = None
    places: Mapping[Place, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path of the folder that it is in."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a recipe allows: libraries of the system, run paths that leave the prefix, and findings, by rule and file.

    All of them are patterns as `fnmatch` has them.
    """

    libraries: tuple[str, ...] = ()
    run_paths: tuple[str, ...] = ()
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PackageFacts:
    """A package. ``relocated`` are the files in which a client replaces one of ``prefixes``, which it was built for.

    ``environment`` has the sha256 of each package it was built with, by ``<subdir>/<file name>``.
    """

    file_name: str
    name: str
    version: str
    subdir: str
    noarch: str | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    files: tuple[FileFacts, ...] = ()
    relocated: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of all its files."""
        return frozenset(file.path for file in self.files)
