"""``ownconda validate-recipes``: recipes held against rules."""

import difflib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import colours
from ownconda.cli.explain_rules import explain, list_rules
from ownconda.cli.plain_text import visible
from ownconda.cli.policy import policy
from ownconda.cli.rendering import rendering
from ownconda.exit_codes import DONE, NO
from ownconda.git.changes import changes_since
from ownconda.recipes.all_rules import rule_named
from ownconda.recipes.checked import Known, RenderedRecipe
from ownconda.recipes.checking import Finding, Severities, check, errors, known_of, severities
from ownconda.recipes.fixing import Fix, carry_out, plan_fix
from ownconda.recipes.folders import Outcome, find_recipes, render_all, render_each
from ownconda.recipes.recipes_to_check import changed_recipes, despite_unknown_keys, rendered_recipe, to_check
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.reports import Checked, Report, code_quality, junit, plain_json, sarif
from ownconda.settings import Settings
from ownconda.wires.files import write_atomically

REPORTS: Mapping[str, Report] = {
    "json": plain_json.report,
    "junit": junit.report,
    "codequality": code_quality.report,
    "sarif": sarif.report,
}
TEXT = "text"

EPILOG = """\b
Example:
  ownconda validate-recipes recipes
  ownconda validate-recipes --since origin/main --out text --out codequality=gl-code-quality-report.json
  ownconda validate-recipes --explain missing-hash"""


def _outputs(_: click.Context, __: click.Parameter, given: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Take ``FORMAT`` and ``FORMAT=FILE`` apart."""
    taken: list[tuple[str, Path | None]] = []
    for one in given:
        form, _sign, file = one.partition("=")
        if form not in {TEXT, *REPORTS}:
            raise click.BadParameter(f"{form!r} is none of {', '.join((TEXT, *REPORTS))}")
        taken.append((form, Path(file) if file else None))
    return taken


@click.command("validate-recipes", epilog=EPILOG)
@click.argument("roots", nargs=-1, metavar="[ROOT]...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "outputs",
    multiple=True,
    callback=_outputs,
    metavar="FORMAT[=FILE]",
    help="text, json, junit, codequality (GitLab's) or sarif, to a file or stdout; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --out json.")
@click.option("--since", metavar="REV", help="Also find what changed since REV under the same build number.")
@click.option("-c", "--channel", "channels", multiple=True, help="A channel that may have requirements; repeatable.")
@click.option("-m", "--variants", type=click.Path(path_type=Path, exists=True), multiple=True, help="A variants file.")
@click.option("--target-platform", metavar="SUBDIR", help="The subdir to render for, such as linux-64.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, and tell the rest.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the differences, change nothing.")
@click.option("--explain", "explained", metavar="RULE", help="Tell what a rule is for, with examples.")
@click.option("--rules", "listed", is_flag=True, help="List the rules.")
def command(
    roots: tuple[Path, ...],
    outputs: list[tuple[str, Path | None]],
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
    wanted = _wanted([*outputs, ("json", None)] if as_json else outputs)
    if dry_run and not fix:
        raise click.UsageError("--dry-run is about --fix")
    settings = terminal.settings()
    allowed, said = policy(settings.policy), severities(settings.validate.rules, settings.validate.folders)
    how = rendering(settings, variants=variants, target_platform=target_platform)
    places = [root.resolve() for root in roots or (settings.build.recipes,)]
    recipes = [_rendered(outcome, how) for outcome in render_each(find_recipes(places), how)]
    known = known_of(
        recipes,
        policy=allowed,
        offered=_offered(channels, settings, target_platform),
        changes={} if since is None else changed_recipes(recipes, changes_since(places[0], since)),
    )
    checked = [_checked(recipe, known, said) for recipe in recipes]
    if fix:
        checked = [_mended(one, how, dry_run=dry_run) for one in checked]
    _write(checked, wanted, root=_root_of(places[0]), differences=fix and dry_run)
    return NO if any(errors(one.findings) for one in checked) else DONE


def _rendered(outcome: Outcome, how: Rendering) -> RenderedRecipe:
    recipe = rendered_recipe(outcome)
    return despite_unknown_keys(recipe, lambda file: render_all([file], how)) if recipe.error else recipe


def _wanted(outputs: Sequence[tuple[str, Path | None]]) -> Sequence[tuple[str, Path | None]]:
    if sum(file is None for _, file in outputs) > 1:
        raise click.UsageError("only one format can go to stdout; write the others to files: --out junit=FILE")
    return outputs or [(TEXT, None)]


def _offered(channels: Sequence[str], settings: Settings, subdir: str | None) -> Collection[str] | None:
    """Ask the channels for their names; without channels nothing is known of others."""
    addresses = channel_addresses(channels, settings)
    if not addresses:
        return None
    from ownconda.conda.solver import package_names  # noqa: PLC0415  (the solver is loaded when it is needed)
    from ownconda.conda.trust import trust  # noqa: PLC0415  (likewise)

    trust(settings.ca_file, os.environ)
    return package_names(addresses, subdir=subdir or settings.build.target_platform or None)


def _checked(recipe: RenderedRecipe, known: Known, said: Severities) -> Checked:
    return Checked(file=recipe.file, findings=tuple(check(to_check(recipe), known, said)))


def _mended(one: Checked, how: Rendering, *, dry_run: bool) -> Checked:
    """Mend in a recipe what can be mended, and give what is left."""
    fix = plan_fix(one.file, one.findings, lambda file: render_all([file], how))
    if fix is None:
        return one
    if dry_run:
        click.echo(_difference(fix), nl=False)
    else:
        carry_out(fix)
    verb = "could be mended" if dry_run else "mended"
    rules = ", ".join(dict.fromkeys(finding.rule.name for finding in fix.mended))
    click.echo(f"{verb}: {visible(_shown(fix.recipe))} ({rules})", err=True)
    return Checked(file=one.file, findings=tuple(finding for finding in one.findings if finding not in fix.mended))


def _difference(fix: Fix) -> str:
    name = _shown(fix.recipe)
    before, after = (text.splitlines(keepends=True) for text in (fix.before, fix.after))
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _write(
    checked: Sequence[Checked], wanted: Sequence[tuple[str, Path | None]], *, root: Path, differences: bool
) -> None:
    for form, file in wanted:
        text = _for_people(checked) if form == TEXT else REPORTS[form](checked, root=root)
        if file is not None:
            write_atomically(file, click.unstyle(text).encode())
        elif not (differences and form == TEXT):
            click.echo(text, nl=False, color=colours())
    click.echo(_counted(checked), err=True)


def _for_people(checked: Sequence[Checked]) -> str:
    """Write findings recipe by recipe, with colours."""
    return "\n".join("".join(_styled(finding) for finding in one.findings) for one in checked if one.findings)


def _styled(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    heading = click.style(f"{finding.severity}:", fg=colour, bold=finding.severity == "error")
    return f"{heading} {_told(finding)}\n{click.style('hint:', fg='cyan')} {visible(finding.hint)}\n"


def _told(finding: Finding) -> str:
    place = f"{_shown(finding.file)}:{finding.line}: {f'{finding.field}: ' if finding.field else ''}"
    return visible(f"{place}{finding.what} [{finding.rule.name}]")


def _counted(checked: Sequence[Checked]) -> str:
    findings = [finding for one in checked for finding in one.findings]
    counts = {kind: sum(one.severity == kind for one in findings) for kind in ("error", "warning")}
    told = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items())
    return f"{len(checked)} recipe{'s' * (len(checked) != 1)}: {told}"


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _root_of(place: Path) -> Path:
    """Find the repository around a folder: what the paths in reports are relative to."""
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), Path.cwd())
