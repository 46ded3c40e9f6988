"""Build numbers raised in recipes, so that the same version can be built again under another file name."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.match_specs import accepts, spec_name
from ownconda.errors import Where, WrongInputError
from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build
from ownconda.recipes.editing import apply, set_number
from ownconda.wires.files import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Bump:
    """One recipe whose build number goes from ``before`` to ``after``, and its text then."""

    recipe: Path
    names: tuple[str, ...]
    before: int
    after: int
    text: str


def plan_bumps(builds: Iterable[Build]) -> list[Bump]:
    """Decide how the recipes of these Builds change: one more than the highest number that they have.

    Raises WrongInputError when a recipe has no build number that can be changed.
    """
    by_recipe: dict[Path, list[Build]] = {}
    for build in builds:
        by_recipe.setdefault(build.recipe, []).append(build)
    return [_bump(recipe, members) for recipe, members in by_recipe.items()]


def dependents(spec: str, graph: Graph[Build]) -> list[Build]:
    """Give every Build that is built with a Build that the match spec accepts, directly or not, in the graph's order.

    Raises WrongInputError when no recipe makes what the spec asks for.
    """
    made = [build for build in graph.nodes if _fits(spec, build)]
    if not made:
        raise WrongInputError(f"no recipe makes {spec!r}", hint="`ownconda dep-graph` lists what there is")
    reached = graph.dependents(made)
    return [build for build in graph.nodes if build in reached and build not in made]


def carry_out(bump: Bump, render: Callable[[Path], Sequence[Build]]) -> None:
    """Write a recipe with its new number, and render it again to see that it has it.

    Raises WrongInputError, with the recipe as it was, when it doesn't.
    """
    old = bump.recipe.read_bytes()
    write_atomically(bump.recipe, bump.text.encode(), mode=bump.recipe.stat().st_mode & 0o777)
    try:
        _check(bump, {build.number for build in render(bump.recipe)})
    except BaseException:
        write_atomically(bump.recipe, old, mode=bump.recipe.stat().st_mode & 0o777)
        raise


def _check(bump: Bump, numbers: Collection[int]) -> None:
    if set(numbers) != {bump.after}:
        raise WrongInputError(
            f"its build number would become {', '.join(str(one) for one in sorted(numbers))}, not {bump.after}",
            where=Where(file=bump.recipe),
            hint="raise it by hand: it is computed from something else",
        )


def _bump(recipe: Path, builds: Sequence[Build]) -> Bump:
    before = max(build.number for build in builds)
    text = recipe.read_bytes().decode()
    return Bump(
        recipe=recipe,
        names=tuple(dict.fromkeys(build.name for build in builds)),
        before=before,
        after=before + 1,
        text=apply(text, set_number(text, before + 1, recipe=recipe)),
    )


def _fits(spec: str, build: Build) -> bool:
    return spec_name(spec) == build.name and accepts(spec, version=build.version, build=build.build)
