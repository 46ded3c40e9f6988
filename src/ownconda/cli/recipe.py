"""``ownconda recipe``: recipes looked at, whatever their format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.exits import problem_as_json, show_error, show_warning
from ownconda.cli.recipe_bump import bump_command
from ownconda.cli.recipe_convert import convert_command
from ownconda.cli.recipe_options import values_option, variants_option
from ownconda.cli.rendering import render_cache, rendering
from ownconda.errors import WrongInputError
from ownconda.exit_codes import DONE, USAGE
from ownconda.recipes.builds import Build
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import Made, read_many
from ownconda.recipes.rendering import Rendering

EXAMPLE = "Example: ownconda recipe render recipes --variant python=3.12"


@click.group("recipe", epilog=EXAMPLE)
def command() -> None:
    """Look at recipes and change them: recipe.yaml (rattler-build's format, v1), meta.yaml (conda-build's, v0)."""


command.add_command(bump_command)
command.add_command(convert_command)


@command.command("render", short_help="Show what would be built.", epilog=EXAMPLE)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@variants_option
@values_option
@click.option("--target-platform", metavar="SUBDIR", help="The subdir to render for, such as linux-64.")
@click.option("--json", "as_json", is_flag=True, help="Print each build with its requirements as JSON.")
def render_command(
    paths: tuple[Path, ...],
    variants: tuple[Path, ...],
    values: Mapping[str, tuple[str, ...]],
    target_platform: str | None,
    as_json: bool,
) -> int:
    """Show what would be built from the recipes in PATHS (folders of recipes, recipes, projects), and build nothing.

    A recipe that can't be rendered keeps none of the others from it; the exit code is 2 then.
    """
    settings = terminal.settings()
    how = rendering(settings, variants=variants, target_platform=target_platform)
    made = list(_made(paths, replace(how, variants=values), render_cache(settings)))
    if as_json:
        terminal.print_json([entry for one in made for entry in _entries(one)])
    else:
        _show(made)
    return USAGE if any(one.problems for one in made) else DONE


def _made(paths: Sequence[Path], how: Rendering, cache: Path | None) -> Iterator[Made]:
    seen: set[Path] = set()
    for path in paths:
        try:
            recipes = [recipe for recipe in find_recipes([path]) if recipe not in seen]
        except WrongInputError as error:
            yield Made(recipe=path, problems=error.problems)
            continue
        seen.update(recipes)
        yield from read_many(recipes, how, cache=cache).made()


def _show(made: Sequence[Made]) -> None:
    builds = [build for one in made for build in one.builds]
    if builds:
        rows = [(build.name, build.version, build.build, build.subdir, build.format) for build in builds]
        terminal.print_table(("NAME", "VERSION", "BUILD", "SUBDIR", "FORMAT"), rows)
    for problem in dict.fromkeys(problem for build in builds for problem in build.problems):
        show_warning(problem)
    for one in made:
        if one.problems:
            show_error(WrongInputError.of(one.problems))


def _entries(made: Made) -> Iterator[dict[str, object]]:
    if made.problems:
        yield {"recipe": str(made.recipe), "error": "\n".join(str(problem) for problem in made.problems)}
    yield from map(_entry, made.builds)


def _entry(build: Build) -> dict[str, object]:
    needs = build.requirements
    return {
        "recipe": str(build.recipe),
        "format": build.format,
        "name": build.name,
        "version": build.version,
        "subdir": build.subdir,
        "build": build.build,
        "number": build.number,
        "variant": dict(build.variant),
        "requirements": {
            "build": list(needs.build),
            "host": list(needs.host),
            "run": list(needs.run),
            "run_constrained": list(needs.run_constraints),
        },
        "sources": [dict(source.fields) for source in build.sources],
        "problems": [problem_as_json(problem) for problem in build.problems],
    }
