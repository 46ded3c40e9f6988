"""All the recipes that are worked on together: their Builds, how they need each other, and their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.graph.graph import Graph
from ownconda.graph.ordering import is_order
from ownconda.pypi.names import CANONICAL
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.recipes.remembered_graph import ordered_graph
from ownconda.recipes.rendering import Rendering

CONTEXT = {"pypi": CANONICAL}
"""The variables that ownconda supplies to recipes; the same everywhere, since they take part in build strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """Builds, how they need each other, an order in which they can be built, and what they were rendered with."""

    graph: Graph[Build]
    ordered: tuple[Build, ...]
    rendering: Rendering


def read_recipes(paths: Sequence[Path], rendering: Rendering, *, cache: Path | None = None) -> Recipes:
    """Read, render and order the recipes that ``paths`` mean.

    ``cache`` is a folder of ours in which what they come to is remembered. Raises WrongInputError with everything that
    is wrong in any of them, or keeps them from being built one after the other.
    """
    recipes = read_recipes_despite_cycles(paths, rendering, cache=cache)
    if not is_order(recipes.graph, recipes.ordered):
        from ownconda.recipes.requirements_graph import build_order  # noqa: PLC0415  (native libraries, for a message)

        build_order(recipes.graph)  # there is none, as it says with the cycle
    return recipes


def read_recipes_despite_cycles(paths: Sequence[Path], rendering: Rendering, *, cache: Path | None = None) -> Recipes:
    """Do the same where nothing is built: those that need each other to be built stand side by side in the order.

    Raises WrongInputError with everything that is wrong in any of them.
    """
    graph, ordered = ordered_graph(read_many(find_recipes(paths), rendering, cache=cache), cache=cache)
    return Recipes(graph=graph, ordered=ordered, rendering=rendering)
