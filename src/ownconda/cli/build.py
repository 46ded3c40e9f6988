"""``ownconda build``: recipes to packages in a channel on disk."""

import os
from dataclasses import replace
from pathlib import Path

import click

from ownconda.building.outcomes import Outcome
from ownconda.building.plan import Plan
from ownconda.building.session import build_session, plan_only
from ownconda.cli import terminal
from ownconda.cli.build_limits import build_limits
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import show_error
from ownconda.cli.rendering import rendering
from ownconda.cli.source_store import source_store
from ownconda.conda.trust import trust
from ownconda.exit_codes import exit_code
from ownconda.recipes.collection import read_recipes

EPILOG = "Example: ownconda build recipes --output dist/channel"


@click.command("build", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The channel on disk to build into.")
@click.option("-c", "--channel", "channels", multiple=True, help="A channel to take requirements from; repeatable.")
@click.option("-m", "--variants", type=click.Path(path_type=Path, exists=True), multiple=True, help="A variants file.")
@click.option("--target-platform", help="The subdir to build for, such as linux-64.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="How many packages to build at a time.")
@click.option("--fail-fast", is_flag=True, help="Start nothing more after the first failure.")
@click.option("--dry-run", is_flag=True, help="Show the plan, build nothing.")
@click.option("--force", is_flag=True, help="Build what is there already again.")
@click.option("--locked", is_flag=True, help="Build with exactly the packages of the lock beside each package.")
@click.option("--verify", is_flag=True, help="Make each package twice; one that isn't the same again has failed.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan or the outcome as JSON.")
def command(
    paths: tuple[Path, ...],
    output: Path | None,
    channels: tuple[str, ...],
    variants: tuple[Path, ...],
    target_platform: str | None,
    jobs: int | None,
    fail_fast: bool,
    dry_run: bool,
    force: bool,
    locked: bool,
    verify: bool,
    as_json: bool,
) -> int:
    """Build the recipes in PATHS (folders of recipes, recipes, projects) in the order in which they need each other.

    Those that don't need each other are built at the same time; one that fails stops only what needs it.

    Packages come from the output folder and the channels given, and from nowhere else. What is there already and
    made from the same recipe is not built again.
    """
    settings = terminal.settings()
    recipes = read_recipes(
        paths or (settings.build.recipes,), rendering(settings, variants=variants, target_platform=target_platform)
    )
    target = output or settings.build.output
    if dry_run:
        _show_plan(plan_only(recipes, target, forced=force), as_json=as_json)
        return 0
    progress = terminal.progress()
    trust(settings.ca_file, os.environ)
    with build_session(recipes, target, forced=force) as building:
        outcomes = building.run(
            store=source_store(settings),
            channels=channel_addresses(channels, settings),
            progress=progress,
            limits=replace(build_limits(settings, jobs=jobs), fail_fast=fail_fast, verify=verify),
            locked=locked,
        )
    return _report(outcomes, as_json=as_json)


def _show_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(
            [
                {
                    "package": step.build.path,
                    "build": step.needed,
                    "reason": step.reason,
                    "recipe": str(step.build.recipe),
                }
                for step in plan.steps
            ]
        )
        return
    rows = [("build" if step.needed else "skip", step.build.path, step.reason) for step in plan.steps]
    terminal.print_table(("", "PACKAGE", "WHY"), rows)


def _report(outcomes: list[Outcome], *, as_json: bool) -> int:
    if as_json:
        terminal.print_json(
            [
                {
                    "package": outcome.build.path,
                    "status": outcome.status,
                    "seconds": round(outcome.seconds, 3),
                    "reason": outcome.reason,
                }
                for outcome in outcomes
            ]
        )
    for outcome in outcomes:
        if outcome.error:
            show_error(outcome.error)
    counts = {
        status: [one for one in outcomes if one.status == status]
        for status in ("built", "there already", "failed", "left out")
    }
    told = ", ".join(f"{len(some)} {status}" for status, some in counts.items() if some)
    click.echo(f"{told or 'nothing to do'}", err=True)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if not errors:
        return 0
    return exit_code(errors[0]) if len({exit_code(error) for error in errors}) == 1 else 1
