"""``ownconda dep-graph``: recipes in build order, or their graph drawn."""

from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.rendering import rendering
from ownconda.graph.drawing import dot
from ownconda.recipes.collection import read_recipes

EPILOG = "Example: ownconda dep-graph recipes --out dot | dot -Tsvg > graph.svg"


@click.command("dep-graph", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Choice(["names", "dot"]), default="names", help="Names in build order, or Graphviz.")
@click.option("-m", "--variants", type=click.Path(path_type=Path, exists=True), multiple=True, help="A variants file.")
@click.option("--json", "as_json", is_flag=True, help="Print names, what each needs, and its recipe as JSON.")
def command(paths: tuple[Path, ...], out: str, variants: tuple[Path, ...], as_json: bool) -> None:
    """List the recipes in PATHS in an order in which they can be built.

    In the drawing, solid arrows lead to what is needed to build, dashed ones to what is needed to run.
    """
    settings = terminal.settings()
    recipes = read_recipes(paths or (settings.build.recipes,), rendering(settings, variants=variants))
    graph = recipes.graph
    if as_json:
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
                for build in recipes.ordered
            ]
        )
    elif out == "dot":
        click.echo(dot(graph, label=lambda build: build.name), nl=False)
    else:
        for name in dict.fromkeys(build.name for build in recipes.ordered):
            click.echo(name)
