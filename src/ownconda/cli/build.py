"""``ownconda build``: recipes to packages in a channel on disk."""

import os
from dataclasses import replace
from pathlib import Path

import click

from ownconda.building.invocation import invocation
from ownconda.building.memory import remarks_on_memory
from ownconda.building.session import build_session, expected, plan_only
from ownconda.cli import terminal
from ownconda.cli.build_choice import Choice, choice_options
from ownconda.cli.build_limits import build_limits
from ownconda.cli.build_machine import build_machine
from ownconda.cli.build_reports import remarks_on_platforms, report, show_plan
from ownconda.cli.channel_addresses import channel_addresses, check_inside
from ownconda.cli.expectations import expectations
from ownconda.cli.pictures import FORMS
from ownconda.cli.pipeline_file import call, farm, write_pipeline
from ownconda.cli.recipe_options import variants_option
from ownconda.cli.rendering import render_cache, rendering
from ownconda.cli.source_store import source_store
from ownconda.conda.subdirs import current_subdir
from ownconda.conda.trust import trust
from ownconda.errors import NoError, WrongInputError
from ownconda.recipes.collection import read_recipes

EPILOG = "Example: ownconda build recipes --output dist/channel"


@click.command("build", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The channel on disk to build into.")
@click.option("-c", "--channel", "channels", multiple=True, help="A channel to take requirements from; repeatable.")
@variants_option
@click.option("--target-platform", help="The subdir to build for, such as linux-64.")
@choice_options
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="How many packages to build at a time.")
@click.option("--fail-fast", is_flag=True, help="Start nothing more after the first failure.")
@click.option("--keep-build", is_flag=True, help="Keep the folders in which packages are built, to look around in.")
@click.option("--dry-run", is_flag=True, help="Show the plan, build nothing.")
@click.option(
    "--out",
    type=click.Choice(["text", "json", *FORMS]),
    default="text",
    show_default=True,
    help="How --dry-run shows the plan: in words, as JSON, or as a picture.",
)
@click.option("--pipeline", metavar="FILE", help="Write a GitLab pipeline that builds instead ('-': to stdout).")
@click.option(
    "--group-size", default=1, show_default=True, type=click.IntRange(1), help="Packages that a job of it may make."
)
@click.option("--just", metavar="PACKAGES", hidden=True, help="Build these alone; what they need has to be there.")
@click.option("--needs-from", metavar="CHANNEL", hidden=True, help="Where what --just needs is, if not in the output.")
@click.option("--in", "image", metavar="IMAGE", help="Build in containers of this image, with podman or docker.")
@click.option("--force", is_flag=True, help="Build what is there already again.")
@click.option("--locked", is_flag=True, help="Build with exactly the packages of the lock beside each package.")
@click.option("--verify", is_flag=True, help="Make each package twice; one that isn't the same again has failed.")
@click.option("--offline", is_flag=True, help="Ask no host but the forge: not for sources, nor for packages.")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path), help="Write the outcome as JUnit's XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan or the outcome as JSON.")
def command(
    paths: tuple[Path, ...],
    output: Path | None,
    channels: tuple[str, ...],
    variants: tuple[Path, ...],
    target_platform: str | None,
    choice: Choice,
    jobs: int | None,
    fail_fast: bool,
    keep_build: bool,
    dry_run: bool,
    out: str,
    pipeline: str | None,
    group_size: int,
    just: str | None,
    needs_from: str | None,
    image: str | None,
    force: bool,
    locked: bool,
    verify: bool,
    offline: bool,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Build the recipes in PATHS (folders of recipes, recipes, projects) in the order in which they need each other.

    Those that don't need each other are built at the same time; one that fails stops only what needs it.

    Packages come from the output folder and the channels given, and from nowhere else. What is there already and
    made from the same recipe is not built again.
    """
    settings = terminal.settings()
    if image and pipeline:
        raise WrongInputError("--in and --pipeline don't go together", hint="its jobs run in the image farm.image")
    places = paths or (settings.build.recipes,)
    how = rendering(settings, variants=variants, target_platform=target_platform)
    recipes = read_recipes(places, how, cache=render_cache(settings))
    target = output or settings.build.output
    recipes = choice.of(recipes, places, target)
    if just is not None:
        from ownconda.cli.share import share  # noqa: PLC0415  (HTTP is loaded where a job asks for it)

        recipes = share(recipes, just.split(), target, needs_from, settings)
    trust(settings.ca_file, os.environ)
    limits = replace(build_limits(settings, jobs=jobs), fail_fast=fail_fast, verify=verify, keep_build=keep_build)
    store, addresses = source_store(settings, offline=offline), channel_addresses(channels, settings)
    if store.offline:
        check_inside(addresses, settings)
    machine = build_machine(image, addresses, settings, offline=store.offline)
    judged = expectations(settings.policy, own=machine.floor)
    if dry_run:
        plan = plan_only(recipes, target, channels=addresses, machine=machine, forced=force)
        forecast = expected(plan, recipes, target, limits)
        alone = remarks_on_memory(plan.to_build, limits.memory)
        floor = [f"floor: {judged.floor}"] if (how.target_platform or current_subdir()).startswith("linux-") else []
        remarks = (*machine.remarks, *floor, *remarks_on_platforms(plan), *alone)
        return show_plan(plan, recipes.graph, forecast, limits, remarks=remarks, out="json" if as_json else out)
    if pipeline:
        called = call(places, target, channels=channels, variants=variants, target_platform=target_platform)
        plan = plan_only(recipes, target, channels=addresses, forced=force)
        if plan.refusals:
            raise NoError.of(plan.refusals)
        write_pipeline(pipeline, recipes, plan, farm(settings.farm, group_size=group_size), called)
        return 0
    progress = terminal.progress()
    with build_session(recipes, target, channels=addresses, machine=machine, forced=force) as building:
        outcomes = building.run(
            store=store,
            progress=progress,
            limits=limits,
            judged=judged,
            invocation=invocation(os.environ, builder=settings.build.builder),
            locked=locked,
        )
    return report(outcomes, as_json=as_json, junit=junit)
