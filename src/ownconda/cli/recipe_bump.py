"""``ownconda recipe bump``: build numbers raised."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.rendering import render_cache, rendering
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.bumping import Bump, carry_out, dependents, plan_bumps
from ownconda.recipes.collection import Recipes, read_recipes_despite_cycles
from ownconda.recipes.folders import render_all

EPILOG = "Example: ownconda recipe bump --dependents-of openssl"


@click.command("bump", short_help="Raise build numbers.", epilog=EPILOG)
@click.argument("names", nargs=-1)
@click.option("--dependents-of", "spec", metavar="SPEC", help="Everything built with what this match spec accepts.")
@click.option("--root", type=click.Path(path_type=Path), help="The folder of recipes, if not build.recipes.")
@click.option("--dry-run", is_flag=True, help="Show what would be raised, change nothing.")
def bump_command(names: tuple[str, ...], spec: str | None, root: Path | None, dry_run: bool) -> None:
    """Raise the build numbers of the packages NAMES, of everything that a change below it means a rebuild for, or both.

    Only the number changes in a recipe; each is rendered again afterwards.
    """
    settings = terminal.settings()
    how = rendering(settings, variants=())
    recipes = read_recipes_despite_cycles([root or settings.build.recipes], how, cache=render_cache(settings))
    bumps = plan_bumps(_meant(names, spec, recipes))
    raised: list[Bump] = []
    try:
        for bump in bumps:
            if not dry_run:
                carry_out(bump, lambda recipe: [one.build for one in render_all([recipe], how)])
            raised.append(bump)
    finally:  # what is raised is told even when another one can't be, and nobody who stops listening stops it
        for bump in raised:
            click.echo(f"{', '.join(bump.names)}: {bump.before} → {bump.after}")


def _meant(names: Sequence[str], spec: str | None, recipes: Recipes) -> Iterable[Build]:
    """Give the Builds that are named and those that need what is.

    Raises WrongInputError when there is none of them.
    """
    made = {build.name for build in recipes.ordered}
    unknown = [name for name in names if name not in made]
    if unknown or not (names or spec):
        what = f"no recipe makes {', '.join(unknown)}" if unknown else "nothing is named"
        raise WrongInputError(what, hint="give packages' names or --dependents-of")
    named = [build for build in recipes.ordered if build.name in names]
    return dict.fromkeys([*named, *(dependents(spec, recipes.graph) if spec else ())])
