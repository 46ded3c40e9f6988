"""What ``ownconda build --pipeline`` writes: settings and options put together, and the file."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.building.farm.farm import Call, Farm
from ownconda.building.farm.jobs import Limits
from ownconda.building.farm.pipeline import pipeline_text
from ownconda.building.farm.runners import tag_rules
from ownconda.building.plan import Plan
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.git.working_tree import checkout_of
from ownconda.recipes.collection import Recipes
from ownconda.settings.builds import FarmSettings
from ownconda.wires.files import write_atomically

STDOUT = "-"
LEAST_JOBS, LEAST_NEEDS = 2, 2
_PLAIN = re.compile(r"[\w./ +@=,-]*")


def write_pipeline(file: str, recipes: Recipes, plan: Plan, farm: Farm, call: Call) -> None:
    """Write the pipeline that makes what is to be built, to a file or to stdout.

    Its jobs start with an empty output folder: what is only there they make again, where it is needed.
    """
    graph = recipes.graph.induced(frozenset(recipes.graph.nodes) - plan.held_by_channels)
    text = pipeline_text(graph, plan.to_build, farm, call)
    if file == STDOUT:
        click.echo(text, nl=False)
    else:
        write_atomically(Path(file), text.encode())


def farm(settings: FarmSettings, *, group_size: int) -> Farm:
    """Read what the settings say of the farm.

    Raises WrongInputError with everything in them that can't be used.
    """
    limits = [("jobs", settings.jobs, LEAST_JOBS), ("needs", settings.needs, LEAST_NEEDS)]
    problems = [
        Problem(what=f"{value} is too few, at least {least} are needed", where=Where(file=f"farm.{name}"))
        for name, value, least in limits
        if value < least
    ]
    if problems:
        raise WrongInputError.of(problems)
    return Farm(
        channel=settings.channel,
        handover=settings.handover,
        image=settings.image,
        setup=tuple(settings.setup),
        tags=tag_rules(settings.tags),
        environment=settings.environment,
        id_token=settings.sigstore,
        timeout=settings.timeout,
        keep=settings.keep,
        limits=Limits(jobs=settings.jobs, needs=settings.needs),
        group_size=group_size,
    )


def call(
    paths: Sequence[Path],
    output: Path,
    *,
    channels: Sequence[str],
    variants: Sequence[Path],
    target_platform: str | None,
) -> Call:
    """Tell how a job, which starts at the root of a checkout of its own, gives the same command.

    Raises WrongInputError for a path that no checkout has.
    """
    here = Path.cwd().resolve()
    checkout = checkout_of(here)
    options = [
        *(word for channel in channels for word in ("--channel", channel)),
        *(word for path in variants for word in ("--variants", _inside(path, checkout, here))),
        *(("--target-platform", target_platform) if target_platform else ()),
    ]
    folder, relative = here.relative_to(checkout).as_posix(), _inside(output, checkout, here)
    for path in (folder, relative):
        if not _PLAIN.fullmatch(path) or ".." in Path(path).parts:
            raise WrongInputError(
                "GitLab can't be told this path", where=Where(file=path), hint="choose another --output, below here"
            )
    return Call(
        paths=tuple(_inside(path, checkout, here) for path in paths),
        output=relative,
        options=tuple(options),
        folder="" if folder == "." else folder,
    )


def _inside(path: Path, checkout: Path, here: Path) -> str:
    resolved = path.resolve()
    if not resolved.is_relative_to(checkout):
        raise WrongInputError(
            "is outside the repository, so that no job would have it",
            where=Where(file=path),
            hint=f"give a path below {checkout}",
        )
    return Path(os.path.relpath(resolved, here)).as_posix()
