"""``ownconda dep-graph``: recipes in build order, their graph drawn, and questions to it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.plain_text import visible
from ownconda.cli.rendering import render_cache, rendering
from ownconda.errors import WrongInputError
from ownconda.graph.drawing import dot, mermaid
from ownconda.graph.graph import Graph, closure
from ownconda.graph.queries import reduced, shortest_path, unneeded
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import Recipes, read_recipes

EPILOG = """\b
Example:
  ownconda dep-graph recipes --out dot | dot -Tsvg > graph.svg
  ownconda dep-graph recipes --why openssl"""


@click.command("dep-graph", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Choice(["names", "dot", "mermaid", "json"]),
    default="names",
    show_default=True,
    help="Names in build order, Graphviz, Mermaid, or JSON.",
)
@click.option("--requirements", "needed_by", metavar="PKG", help="Only PKG and what it needs.")
@click.option("--why", metavar="PKG", help="What needs PKG, and the shortest path that shows it.")
@click.option("--unused", is_flag=True, help="Only what is made here and needed by nobody.")
@click.option("--reduce", "reduce", is_flag=True, help="Leave out what other edges say already.")
@click.option("-m", "--variants", type=click.Path(path_type=Path, exists=True), multiple=True, help="A variants file.")
@click.option("--json", "as_json", is_flag=True, help="The same as --out json.")
def command(
    paths: tuple[Path, ...],
    out: str,
    needed_by: str | None,
    why: str | None,
    unused: bool,
    reduce: bool,
    variants: tuple[Path, ...],
    as_json: bool,
) -> None:
    """List the recipes in PATHS in an order in which they can be built, or draw how they need each other.

    In a drawing, solid arrows lead to what is needed to build, dashed ones to what is needed to run or to test.
    """
    settings = terminal.settings()
    how = rendering(settings, variants=variants)
    recipes = read_recipes(paths or (settings.build.recipes,), how, cache=render_cache(settings))
    if why is not None:
        _show_why(recipes, why)
        return
    chosen: Iterable[Build] = recipes.ordered
    if needed_by is not None:
        chosen = closure(recipes.graph.needs, _named(recipes, needed_by))
    if unused:
        needless = frozenset(unneeded(recipes.graph))
        chosen = [build for build in chosen if build in needless]
    graph = recipes.graph.induced(set(chosen))
    inside = set(graph.nodes)
    ordered = [build for build in recipes.ordered if build in inside]
    _show(reduced(graph) if reduce else graph, ordered, "json" if as_json else out)


def _show(graph: Graph[Build], ordered: Sequence[Build], out: str) -> None:
    if out == "json":
        terminal.print_json(
            [
                {
                    "name": build.name,
                    "version": build.version,
                    "package": build.path,
                    "recipe": str(build.recipe),
                    "build_needs": sorted(one.path for one in graph.hard[build]),
                    "run_needs": sorted(one.path for one in graph.soft[build]),
                }
                for build in ordered
            ]
        )
    elif out == "names":
        for name in dict.fromkeys(build.name for build in ordered):
            click.echo(visible(name))
    else:
        draw = dot if out == "dot" else mermaid
        click.echo(draw(graph, label=lambda build: build.name), nl=False)


def _show_why(recipes: Recipes, name: str) -> None:
    """Print a line for each package that needs the named one: the shortest path that leads there."""
    goals = _named(recipes, name)
    for build in recipes.ordered:
        ways = [way for goal in goals if build != goal and (way := shortest_path(recipes.graph, build, goal))]
        if ways:
            click.echo(visible(" → ".join(one.name for one in min(ways, key=len))))


def _named(recipes: Recipes, name: str) -> list[Build]:
    found = [build for build in recipes.ordered if build.name == name]
    if not found:
        raise WrongInputError(f"no recipe makes {name!r}", hint="`ownconda dep-graph` lists what there is")
    return found
