"""``ownconda recipe convert``: conda-build's recipes written as rattler-build's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.exits import problem_as_json, show_error, show_warning
from ownconda.cli.plain_text import visible
from ownconda.cli.recipe_options import values_option, variants_option
from ownconda.cli.rendering import rendering
from ownconda.conda.names import check_subdir
from ownconda.errors import OwncondaError, WrongInputError
from ownconda.exit_codes import DONE, NO, exit_code, joint_exit_code
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
    none of the others from it; the exit code is 2 then, or 3 when it can't be written.
    """
    how = replace(rendering(terminal.settings(), variants=variants), variants=values)
    subdirs = [check_subdir(platform) for platform in platforms or PLATFORMS]
    recipes, outcomes = _recipes(paths, force=force)
    for recipe in recipes:
        outcome = _planned(recipe, how, subdirs, force=force or dry_run)
        is_wanted = not dry_run and (anyway or not outcome.differences)
        outcomes.append(_carried_out(outcome, remove=remove) if is_wanted else outcome)
    if as_json:
        terminal.print_json([_entry(outcome) for outcome in outcomes])
    else:
        _show(outcomes, dry_run=dry_run)
    return _exit_code(outcomes, anyway=anyway)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of one recipe, or of a path in which none is found."""

    recipe: Path
    conversion: Conversion | None = None
    written: tuple[Path, ...] = ()
    error: OwncondaError | None = None

    @property
    def differences(self) -> tuple[str, ...]:
        return self.conversion.differences if self.conversion else ()


def _recipes(paths: Sequence[Path], *, force: bool) -> tuple[list[Path], list[_Outcome]]:
    """Give every meta.yaml that the paths mean, and the paths in which there is nothing to be found."""
    recipes: dict[Path, None] = {}
    failed: list[_Outcome] = []
    for path in paths:
        try:
            recipes.update(dict.fromkeys(_meant(path, force=force)))
        except WrongInputError as error:
            failed.append(_Outcome(recipe=path, error=error))
    return list(recipes), failed


def _meant(path: Path, *, force: bool) -> Iterator[Path]:
    """Give the recipe that is named, and of a folder of recipes those that aren't converted yet."""
    for recipe in find_recipes([path]):
        old = recipe.parent / CONDA_BUILD_FILE
        is_named = path.is_file() or recipe.parent == path.resolve()
        if recipe == old or is_named or (force and old.is_file()):
            yield old


def _planned(recipe: Path, how: Rendering, platforms: Sequence[str], *, force: bool) -> _Outcome:
    try:
        return _Outcome(recipe=recipe, conversion=plan_conversion(recipe, how, platforms=platforms, force=force))
    except WrongInputError as error:
        return _Outcome(recipe=recipe, error=error)


def _carried_out(planned: _Outcome, *, remove: bool) -> _Outcome:
    """Write what is planned, if anything is; a folder that can't be written to keeps no other recipe from it."""
    if planned.conversion is None:
        return planned
    try:
        return replace(planned, written=tuple(carry_out(planned.conversion, remove_old=remove)))
    except OwncondaError as error:
        return replace(planned, conversion=None, error=error)


def _show(outcomes: Sequence[_Outcome], *, dry_run: bool) -> None:
    for outcome in outcomes:
        if outcome.error:
            show_error(outcome.error)
        if outcome.conversion:
            _show_conversion(outcome, outcome.conversion, dry_run=dry_run)
    if not outcomes:
        click.echo("nothing to convert: every recipe is in v1 already", err=True)


def _show_conversion(outcome: _Outcome, conversion: Conversion, *, dry_run: bool) -> None:
    for problem in conversion.problems:
        show_warning(problem)
    for one in conversion.differences:
        click.echo(visible(f"{outcome.recipe}: differs: {one}"))
    if dry_run:
        click.echo(conversion.text, nl=False)
    for file in outcome.written:
        click.echo(f"{visible(str(file))}: written")
    if conversion.differences and not outcome.written and not dry_run:
        click.echo(f"{visible(str(outcome.recipe))}: not written; --anyway writes it", err=True)


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
    errors = [exit_code(outcome.error) for outcome in outcomes if outcome.error]
    differs = any(outcome.differences for outcome in outcomes)
    return joint_exit_code(errors) if errors else NO if differs and not anyway else DONE
