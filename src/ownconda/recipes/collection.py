"""All the recipes that are worked on together: their Builds, how they need each other, and their order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.errors import WrongInputError
from ownconda.graph.graph import Graph, closure
from ownconda.pypi.names import CANONICAL
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import find_recipes, render_all
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.requirements_graph import build_order, requirements_graph

CONTEXT = {"pypi": CANONICAL}
"""The variables that ownconda supplies to recipes; the same everywhere, since they take part in build strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """Builds, how they need each other, an order in which they can be built, and what they were rendered with."""

    graph: Graph[Build]
    ordered: tuple[Build, ...]
    rendering: Rendering


def read_recipes(paths: Sequence[Path], rendering: Rendering) -> Recipes:
    """Read, render and order the recipes that ``paths`` mean.

    Raises WrongInputError with everything that is wrong in any of them.
    """
    graph = requirements_graph([one.build for one in render_all(find_recipes(paths), rendering)])
    return Recipes(graph=graph, ordered=build_order(graph), rendering=rendering)


def narrowed(recipes: Recipes, names: Sequence[str]) -> Recipes:
    """Keep the Builds of these names and everything that they need, to be built or to run.

    Raises WrongInputError for a name that no recipe makes.
    """
    made = {build.name for build in recipes.ordered}
    unknown = [name for name in names if name not in made]
    if unknown:
        raise WrongInputError(f"no recipe makes {', '.join(unknown)}", hint="`ownconda dep-graph` lists what there is")
    wanted = closure(recipes.graph.needs, [build for build in recipes.ordered if build.name in names])
    return replace(
        recipes,
        graph=recipes.graph.induced(wanted),
        ordered=tuple(build for build in recipes.ordered if build in wanted),
    )
