"""``ownconda recipe convert``: conda-build's recipes written as rattler-build's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.exits import problem_as_json, show_error, show_warning
from ownconda.cli.recipe_options import values_option, variants_option
from ownconda.cli.rendering import rendering
from ownconda.conda.names import check_subdir
from ownconda.errors import WrongInputError
from ownconda.exit_codes import DONE, NO, USAGE
from ownconda.recipes.converting.conversion import PLATFORMS, Conversion, carry_out, plan_conversion
from ownconda.recipes.folders import CONDA_BUILD_FILE, find_recipes
from ownconda.recipes.rendering import Rendering

EPILOG = "Example: ownconda recipe convert recipes/zlib --dry-run"


@click.command("convert", short_help="Write a meta.yaml as recipe.yaml.", epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print what would be written, write nothing.")
@click.option("--anyway", is_flag=True, help="Write a recipe whose packages would differ, too.")
@click.option("--force", is_flag=True, help="Write over a recipe.yaml that is there.")
@click.option("--remove", is_flag=True, help="Remove the meta.yaml whose recipe.yaml was written.")
@variants_option
@values_option
@click.option(
    "--target-platform", "platforms", metavar="SUBDIR", multiple=True, help="A subdir to compare for; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of each recipe as JSON.")
def convert_command(
    paths: tuple[Path, ...],
    dry_run: bool,
    anyway: bool,
    force: bool,
    remove: bool,
    variants: tuple[Path, ...],
    values: Mapping[str, tuple[str, ...]],
    platforms: tuple[str, ...],
    as_json: bool,
) -> int:
    """Write each meta.yaml in PATHS (conda-build's format, v0) as a recipe.yaml (rattler-build's, v1) beside it.

    Both are rendered for linux-64, osx-arm64 and win-64, or the subdirs given, and compared. Where their packages would
    differ, the differences are told, nothing is written, and the exit code is 1. A recipe that can't be converted keeps
    none of the others from it; the exit code is 2 then.
    """
    how = replace(rendering(terminal.settings(), variants=variants), variants=values)
    subdirs = [check_subdir(platform) for platform in platforms or PLATFORMS]
    outcomes = []
    for recipe in _recipes(paths, force=force):
        outcome = _planned(recipe, how, subdirs, force=force or dry_run)
        if outcome.conversion and not dry_run and (anyway or not outcome.conversion.differences):
            outcome = replace(outcome, written=tuple(carry_out(outcome.conversion, remove=remove)))
        outcomes.append(outcome)
    if as_json:
        terminal.print_json([_entry(outcome) for outcome in outcomes])
    else:
        _show(outcomes, dry_run=dry_run)
    return _exit_code(outcomes, anyway=anyway)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of one recipe."""

    recipe: Path
    conversion: Conversion | None = None
    written: tuple[Path, ...] = ()
    error: WrongInputError | None = None


def _recipes(paths: Sequence[Path], *, force: bool) -> Iterator[Path | _Outcome]:
    """Give every meta.yaml that the paths mean: the recipe that is named, and of a folder those not converted yet."""
    seen: set[Path] = set()
    for path in paths:
        try:
            found = find_recipes([path])
        except WrongInputError as error:
            yield _Outcome(recipe=path, error=error)
            continue
        for recipe in found:
            old = recipe.parent / CONDA_BUILD_FILE
            wanted = recipe == old or recipe.parent == path.resolve() or path.is_file() or (force and old.is_file())
            if wanted and old not in seen:
                seen.add(old)
                yield old


def _planned(recipe: Path | _Outcome, how: Rendering, platforms: Sequence[str], *, force: bool) -> _Outcome:
    if isinstance(recipe, _Outcome):
        return recipe
    try:
        return _Outcome(recipe=recipe, conversion=plan_conversion(recipe, how, platforms=platforms, force=force))
    except WrongInputError as error:
        return _Outcome(recipe=recipe, error=error)


def _show(outcomes: Sequence[_Outcome], *, dry_run: bool) -> None:
    for outcome in outcomes:
        if outcome.error:
            show_error(outcome.error)
        if outcome.conversion is None:
            continue
        for problem in outcome.conversion.problems:
            show_warning(problem)
        for one in outcome.conversion.differences:
            click.echo(f"{outcome.recipe}: differs: {one}")
        if dry_run:
            click.echo(outcome.conversion.text, nl=False)
        for file in outcome.written:
            click.echo(f"{file}: written")
        if outcome.conversion.differences and not outcome.written and not dry_run:
            click.echo(f"{outcome.recipe}: not written; --anyway writes it", err=True)


def _entry(outcome: _Outcome) -> dict[str, object]:
    if outcome.conversion is None:
        return {"recipe": str(outcome.recipe), "error": str(outcome.error)}
    return {
        "recipe": str(outcome.recipe),
        "text": outcome.conversion.text,
        "platforms": list(outcome.conversion.platforms),
        "equal": not outcome.conversion.differences,
        "differences": list(outcome.conversion.differences),
        "problems": [problem_as_json(problem) for problem in outcome.conversion.problems],
        "written": [str(file) for file in outcome.written],
    }


def _exit_code(outcomes: Sequence[_Outcome], *, anyway: bool) -> int:
    if any(outcome.error for outcome in outcomes):
        return USAGE
    differs = any(outcome.conversion and outcome.conversion.differences for outcome in outcomes)
    return NO if differs and not anyway else DONE
