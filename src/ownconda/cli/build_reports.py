"""Plans and outcomes of builds shown: as text, as JSON, as JUnit's XML."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.building.crew import Limits
from ownconda.building.forecast import Forecast
from ownconda.building.junit import junit_report
from ownconda.building.kept import Kept
from ownconda.building.outcomes import Outcome, Status
from ownconda.building.plan import Plan, Step
from ownconda.building.plan_picture import plan_picture
from ownconda.building.toolchains import emulated, without_toolchain
from ownconda.cli import terminal
from ownconda.cli.exits import show_error
from ownconda.cli.pictures import drawn
from ownconda.conda.subdirs import current_subdir
from ownconda.exit_codes import DONE, NO, exit_code, joint_exit_code
from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build
from ownconda.wires.files import write_atomically

_STATUSES: Sequence[Status] = ("built", "there already", "failed", "left out")


def show_plan(
    plan: Plan, graph: Graph[Build], forecast: Forecast, limits: Limits, *, remarks: Sequence[str], out: str
) -> int:
    """Print a plan, with remarks below it; the exit code says whether something in it is refused."""
    if out == "json":
        terminal.print_json([_step(step, forecast) for step in plan.steps])
    elif out == "text":
        rows = [(step.action, step.build.path, step.reason) for step in plan.steps]
        terminal.print_table(("", "PACKAGE", "WHY"), rows)
    else:
        click.echo(drawn(plan_picture(plan, graph, forecast), out), nl=False)
    if plan.to_build:
        click.echo(_outlook(plan, forecast, limits), err=True)
    if out == "text":
        for remark in remarks:
            click.echo(remark, err=True)
    for problem in plan.refusals:
        click.echo(f"refused: {problem}\nhint: {problem.hint}", err=True)
    return NO if plan.refusals else DONE


def remarks_on_platforms(plan: Plan) -> list[str]:
    """Say which packages are for another platform, and can't be built here."""
    own = current_subdir()
    lacking = without_toolchain(plan.to_build, own=own, emulated=emulated())
    return [f"{len(lacking)} of them can't be built on {own}: {lacking[0].hint}"] if lacking else []


def report(outcomes: Sequence[Outcome], *, as_json: bool, junit: Path | None) -> int:
    """Print what became of each Build, and give the exit code."""
    if as_json:
        terminal.print_json([_outcome(one) for one in outcomes])
    if junit:
        write_atomically(junit, junit_report(outcomes))
    for outcome in outcomes:
        if outcome.error:
            show_error(outcome.error)
    for outcome in outcomes:
        if outcome.kept:
            click.echo(_where_kept(outcome.build, outcome.kept), err=True)
    counts = Counter(one.status for one in outcomes)
    told = ", ".join(f"{counts[status]} {status}" for status in _STATUSES if counts[status])
    click.echo(told or "nothing to do", err=True)
    return joint_exit_code(exit_code(outcome.error) for outcome in outcomes if outcome.error)


def _step(step: Step, forecast: Forecast) -> dict[str, object]:
    return {
        "package": step.build.path,
        "action": step.action,
        "build": step.needed,
        "reason": step.reason,
        "level": forecast.levels.get(step.build),
        "recipe": str(step.build.recipe),
    }


def _outlook(plan: Plan, forecast: Forecast, limits: Limits) -> str:
    levels = max(forecast.levels.values())
    return (
        f"{len(plan.to_build)} to build in {levels} level{'s' if levels > 1 else ''}, {limits.jobs} at a time: "
        f"about {_duration(forecast.whole)} (work {_duration(forecast.work)}, "
        f"longest chain {_duration(forecast.longest)})"
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _where_kept(build: Build, kept: Kept) -> str:
    told = f"the folder of {build.label} is kept: {kept.folder}"
    if kept.environment is None:
        return told
    return f"{told}\nhint: to get in: bash --rcfile {shlex.quote(str(kept.environment))}"


def _outcome(outcome: Outcome) -> dict[str, object]:
    kept = outcome.kept
    return {
        "package": outcome.build.path,
        "status": outcome.status,
        "seconds": round(outcome.seconds, 3),
        "reason": outcome.reason,
        "recipe": str(outcome.build.recipe),
        "kept": str(kept.folder) if kept else None,
        "environment": str(kept.environment) if kept and kept.environment else None,
    }
