"""``ownconda recipe bump``: build numbers raised."""

from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.rendering import render_cache, rendering
from ownconda.errors import WrongInputError
from ownconda.recipes.bumping import carry_out, dependents, plan_bumps
from ownconda.recipes.collection import read_recipes_despite_cycles
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
    made = {build.name for build in recipes.ordered}
    unknown = [name for name in names if name not in made]
    if unknown or not (names or spec):
        what = f"no recipe makes {', '.join(unknown)}" if unknown else "nothing is named"
        raise WrongInputError(what, hint="give packages' names or --dependents-of")
    chosen = [build for build in recipes.ordered if build.name in names]
    wanted = dict.fromkeys([*chosen, *(dependents(spec, recipes.graph) if spec else ())])
    bumps = plan_bumps(wanted)
    for bump in bumps:
        if not dry_run:
            carry_out(bump, lambda recipe: [one.build for one in render_all([recipe], how)])
        click.echo(f"{', '.join(bump.names)}: {bump.before} → {bump.after}")
