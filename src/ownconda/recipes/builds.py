"""Build: one output of one recipe in one variant, everything evaluated, nothing built yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ownconda.errors import Problem
from ownconda.recipes.runners import ANY, Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a Build needs, as match specs. Pins on outputs of the same recipe are applied.

    ``common_build`` and ``common_host`` are what the build at the top of a conda-build recipe needs, which its outputs
    have in common.
    """

    build: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    run_constraints: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    common_build: tuple[str, ...] = ()
    common_host: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSource:
    """One source as the recipe has it after rendering.

    An archive has ``urls`` and ``checksums``, by kind (``sha256``, ``md5``, …); a folder has a ``path``, relative to
    the recipe's own. ``fields`` is all of it, for the builder.
    """

    urls: tuple[str, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    path: str | None = None
    file_name: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAlternative:
    """An archive that may stand for one of the recipe's sources, with a checksum of its own, and what it is."""

    instead_of: str
    url: str
    sha256: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What would be built: the package's name, version, subdir and build string are fixed.

    ``recipe`` is the recipe's file, ``format`` that file's: ``v1`` (recipe.yaml) or ``v0`` (meta.yaml). ``variant``
    holds the variant values that it uses, ``run_exports`` what it asks of those that are built with it, by kind
    (``weak``, ``strong``, …). What others ask of it in the same way it doesn't take up for the names in
    ``ignored_run_exports``, nor from the packages in ``ignored_run_exports_from``. ``runner`` is the machine that its
    recipe asks for, and ``minutes`` what its build and its tests may take at least. ``needs_no_compiler`` says that any
    machine can make it. ``problems`` are the sins that didn't keep the recipe from being read.
    """

    recipe: Path
    name: str
    version: str
    subdir: str
    build: str
    number: int
    noarch: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    requirements: Requirements = field(default_factory=Requirements)
    sources: tuple[WrittenSource, ...] = ()
    alternatives: tuple[WrittenAlternative, ...] = ()
    debian_source: str | None = None
    needs_no_compiler: bool = False
    format: Literal["v0", "v1"] = "v1"
    run_exports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored_run_exports: tuple[str, ...] = ()
    ignored_run_exports_from: tuple[str, ...] = ()
    runner: Runner = ANY
    minutes: float = 0.0
    problems: tuple[Problem, ...] = ()

    @property
    def file_name(self) -> str:
        """The package file that it becomes."""
        return f"{self.name}-{self.version}-{self.build}.conda"

    @property
    def path(self) -> str:
        """Where that file stands in a channel."""
        return f"{self.subdir}/{self.file_name}"

    @property
    def label(self) -> str:
        """What people call it: name and version."""
        return f"{self.name} {self.version}"

    def __hash__(self) -> int:
        return hash((self.name, self.version, self.build))
