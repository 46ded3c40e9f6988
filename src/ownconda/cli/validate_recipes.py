"""``ownconda validate-recipes``: recipes held against rules."""

import difflib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import show_error
from ownconda.cli.explain_rules import explain, list_rules
from ownconda.cli.policy import policy
from ownconda.cli.recipe_options import variants_option
from ownconda.cli.rendering import rendering
from ownconda.cli.validation_output import Output, counted, outputs, shown, wanted, write
from ownconda.errors import OutsideError
from ownconda.exit_codes import DONE, NO, OUTSIDE
from ownconda.git.changes import changes_since
from ownconda.recipes.all_rules import rule_named
from ownconda.recipes.checked import RenderedRecipe
from ownconda.recipes.checking import check, errors, known_of, severities
from ownconda.recipes.fixing import Fix, carry_out, plan_fix
from ownconda.recipes.folders import Outcome, find_recipes, render_all, render_each
from ownconda.recipes.recipes_to_check import changed_recipes, despite_unknown_keys, rendered_recipe, to_check
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.reports import Checked
from ownconda.settings.tree import Settings

EPILOG = """\b
Example:
  ownconda validate-recipes recipes
  ownconda validate-recipes --since origin/main --out text --out codequality=gl-code-quality-report.json
  ownconda validate-recipes --explain missing-hash"""


@click.command("validate-recipes", epilog=EPILOG)
@click.argument("roots", nargs=-1, metavar="[ROOT]...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "given",
    multiple=True,
    callback=outputs,
    metavar="FORMAT[=FILE]",
    help="text, json, junit, codequality (GitLab's) or sarif, to a file or stdout; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --out json.")
@click.option("--since", metavar="REV", help="Also find what changed since REV under the same build number.")
@click.option("-c", "--channel", "channels", multiple=True, help="A channel that may have requirements; repeatable.")
@variants_option
@click.option("--target-platform", metavar="SUBDIR", help="The subdir to render for, such as linux-64.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, and tell the rest.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the differences, change nothing.")
@click.option("--explain", "explained", metavar="RULE", help="Tell what a rule is for, with examples.")
@click.option("--rules", "listed", is_flag=True, help="List the rules.")
def command(
    roots: tuple[Path, ...],
    given: list[Output],
    as_json: bool,
    since: str | None,
    channels: tuple[str, ...],
    variants: tuple[Path, ...],
    target_platform: str | None,
    fix: bool,
    dry_run: bool,
    explained: str | None,
    listed: bool,
) -> int:
    """Hold the recipes below ROOT (by default build.recipes) against rules, and tell all that is found at once.

    Each finding has its file and line, the name of its rule, and a hint. The exit code is 1 when there are errors;
    warnings leave it 0. The settings validate.rules and validate.folders, and a comment in a recipe
    (`# ownconda: ignore RULE`), say otherwise.
    """
    if explained is not None:
        explain(rule_named(explained))
        return DONE
    if listed:
        list_rules()
        return DONE
    every = wanted(given, as_json=as_json)
    if dry_run and not fix:
        raise click.UsageError("--dry-run is about --fix")
    settings = terminal.settings()
    allowed, said = policy(settings.policy), severities(settings.validate.rules, settings.validate.folders)
    how = rendering(settings, variants=variants, target_platform=target_platform)
    places = roots or (settings.build.recipes,)
    recipes = [_rendered(outcome, how) for outcome in render_each(find_recipes(places), how)]
    place = places[0].resolve()
    changes = {} if since is None else changed_recipes(recipes, changes_since(place, since))
    offered = _offered(channels, settings, target_platform)
    known = known_of(recipes, policy=allowed, offered=offered, changes=changes)
    checked = [Checked(file=recipe.file, findings=tuple(check(to_check(recipe), known, said))) for recipe in recipes]
    mending = [_mended(one, how, dry_run=dry_run) if fix else _Mended(left=one) for one in checked]
    left = [one.left for one in mending]
    write(left, [one for one in every if not dry_run or one != Output()], root=_root_of(place))
    return _end(left, [one.error for one in mending if one.error])


def _rendered(outcome: Outcome, how: Rendering) -> RenderedRecipe:
    recipe = rendered_recipe(outcome)
    return despite_unknown_keys(recipe, lambda file: render_all([file], how)) if recipe.error else recipe


def _offered(channels: Sequence[str], settings: Settings, subdir: str | None) -> Collection[str] | None:
    """Ask the channels for their names; without channels nothing is known of others."""
    addresses = channel_addresses(channels, settings)
    if not addresses:
        return None
    from ownconda.conda.gateway import package_names  # noqa: PLC0415  (the solver is loaded when it is needed)
    from ownconda.conda.trust import trust  # noqa: PLC0415  (likewise)

    trust(settings.ca_file, os.environ)
    return package_names(addresses, subdir=subdir or settings.build.target_platform or None)


def _end(left: Sequence[Checked], failures: Sequence[OutsideError]) -> int:
    """Tell how much was found and what couldn't be mended, and give the exit code."""
    click.echo(counted(left), err=True)
    for failure in failures:
        show_error(failure)
    return OUTSIDE if failures else NO if any(errors(one.findings) for one in left) else DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mended:
    """What is left of a recipe's findings, and why it couldn't be mended."""

    left: Checked
    error: OutsideError | None = None


def _mended(one: Checked, how: Rendering, *, dry_run: bool) -> _Mended:
    """Mend in a recipe what can be mended; one that can't be written keeps no other from it."""
    fix = plan_fix(one.file, one.findings, lambda file: render_all([file], how))
    if fix is None:
        return _Mended(left=one)
    if dry_run:
        click.echo(_difference(fix), nl=False)
    else:
        try:
            carry_out(fix)
        except OutsideError as error:
            return _Mended(left=one, error=error)
    verb = "could be mended" if dry_run else "mended"
    rules = ", ".join(dict.fromkeys(finding.rule.name for finding in fix.mended))
    click.echo(f"{verb}: {shown(fix.recipe)} ({rules})", err=True)
    left = tuple(finding for finding in one.findings if finding not in fix.mended)
    return _Mended(left=replace(one, findings=left))


def _difference(fix: Fix) -> str:
    name = shown(fix.recipe)
    before, after = (text.splitlines(keepends=True) for text in (fix.before, fix.after))
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _root_of(place: Path) -> Path:
    """Find the repository around a folder: what the paths in reports are relative to."""
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), Path.cwd())
