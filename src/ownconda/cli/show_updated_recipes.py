"""``ownconda show-updated-recipes``: what a change means for the packages."""

from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.plain_text import visible
from ownconda.cli.rendering import render_cache, rendering
from ownconda.dependencies.from_recipes import project_folder
from ownconda.recipes.collection import read_recipes_despite_cycles
from ownconda.recipes.folders import real
from ownconda.recipes.updated import Updated, with_dependents
from ownconda.recipes.updated_since import deleted_since, updated_since

EPILOG = """\b
Example:
  for name in $(ownconda show-updated-recipes --since origin/main); do ownconda build recipes/$name; done"""


@click.command("show-updated-recipes", epilog=EPILOG)
@click.argument("root", required=False, type=click.Path(path_type=Path))
@click.option("--since", metavar="REV", help="The revision to compare with (default: where the branch began, or HEAD).")
@click.option("--with-dependents", "dependents", is_flag=True, help="Also what is built with one of them.")
@click.option("--paths", is_flag=True, help="Print the recipes' folders instead of names.")
@click.option("--json", "as_json", is_flag=True, help="Print names, folders and reasons as JSON.")
def command(root: Path | None, since: str | None, dependents: bool, paths: bool, as_json: bool) -> None:
    """List the recipes below ROOT whose package would differ from that of an earlier revision.

    A file in the recipe's folder or in a project that it packages counts, committed or not, and a value in a variants
    file that the recipe uses. A recipe that was deleted makes nothing any more: it is told on stderr, and stands in the
    JSON without a package.
    """
    settings = terminal.settings()
    place = real(root or settings.build.recipes)
    how = rendering(settings, variants=())
    recipes = read_recipes_despite_cycles([place], how, cache=render_cache(settings))
    found, deleted = updated_since(recipes.ordered, [place], since), deleted_since(place, since)
    if dependents:
        found = with_dependents(found, recipes.graph)
    if as_json:
        terminal.print_json([*map(_entry, found), *map(_entry_of_deleted, deleted)])
        return
    for line in dict.fromkeys(str(one.build.recipe.parent) if paths else one.build.name for one in found):
        click.echo(visible(line))
    for recipe in deleted:
        click.echo(visible(f"deleted: {recipe.parent}"), err=True)


def _entry(updated: Updated) -> dict[str, object]:
    build = updated.build
    return {"name": build.name, "recipe": str(build.recipe), "package": build.path, "reason": updated.reason}


def _entry_of_deleted(recipe: Path) -> dict[str, object]:
    return {"name": project_folder(recipe).name, "recipe": str(recipe), "package": None, "reason": "deleted"}
