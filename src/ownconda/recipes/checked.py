"""What rules look at: one recipe, as it is written and as it renders, and what is known beside it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.errors import Problem, Where
from ownconda.policy.policy import Policy
from ownconda.recipes.builds import Build
from ownconda.recipes.written import Place, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOutput:
    """A Build with what its recipe says about it, in words that both formats share.

    ``system_libraries`` are those that it may link against without requiring them, ``unexported`` the names that run
    exports aren't wanted of. ``without_effect`` is what its recipe says in vain, ``unbuildable`` why it can't be built.
    """

    build: Build
    licence: str = ""
    licence_files: tuple[str, ...] = ()
    summary: str = ""
    homepage: str = ""
    patches: tuple[str, ...] = ()
    run_exports: tuple[str, ...] = ()
    unexported: frozenset[str] = frozenset()
    system_libraries: tuple[str, ...] = ()
    is_tested: bool = False
    without_effect: tuple[Problem, ...] = ()
    unbuildable: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedRecipe:
    """What a recipe renders to, and why it can't be rendered.

    Both, where only keys that its format doesn't know keep it from being rendered.
    """

    file: Path
    outputs: tuple[CheckedOutput, ...] = ()
    error: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRecipe:
    """One recipe as it renders and as it is written; ``beside`` are the files in its folder."""

    rendered: RenderedRecipe
    written: Written
    beside: frozenset[str] = frozenset()

    @property
    def file(self) -> Path:
        """The recipe's file."""
        return self.rendered.file

    @property
    def outputs(self) -> tuple[CheckedOutput, ...]:
        """What it makes; nothing where it can't be rendered."""
        return self.rendered.outputs

    def place_of(self, output: CheckedOutput) -> int | None:
        """Tell which of the recipe's outputs one is; None where it has no list of them."""
        return self.written.output_named(output.build.name)

    @property
    def is_v0(self) -> bool:
        """Tell whether it is in conda-build's format."""
        return self.written.form == "v0"

    def where(self, kind: str, *, output: CheckedOutput | None = None, value: str | None = None) -> Where:
        """Find the line and the field that a value of an output comes from, or of the nearest thing that holds it."""
        found = self.written.find(kind, output=self.place_of(output) if output else None, value=value)
        if found is None and output is not None:
            found = self.written.find(kind, value=value)
        return self.at(found) if found else Where(file=self.file, line=1, field=kind or None)

    def at(self, place: Place) -> Where:
        """Give a place as one that a person can go to."""
        return Where(file=self.file, line=place.line, field=place.field)

    def at_line(self, line: int) -> Where:
        """Give a line as a place that a person can go to."""
        return Where(file=self.file, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Why a recipe's package would differ from that of an earlier revision, and its text then."""

    reason: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside a recipe.

    ``made`` is what recipes make, by name, ``slips`` the same names prepared for `near_names.one_slip_away`, ``asked``
    how many recipes require each name, ``makers`` the recipes of each package file's path. ``offered`` are the
    names in the channels given (None without any), ``changes`` the recipes that changed, ``rules`` the names of all
    rules.
    """

    policy: Policy = field(default_factory=Policy)
    made: Mapping[str, CheckedOutput] = field(default_factory=dict)
    slips: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)
    makers: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    offered: Collection[str] | None = None
    changes: Mapping[Path, Change] = field(default_factory=dict)
    rules: Collection[str] = ()
