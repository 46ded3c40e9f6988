"""``ownconda channel adopt``: a folder of packages that grew elsewhere becomes a channel, with its history."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.exits import show_warning
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table, progress
from ownconda.journeys.adopting import Survey, survey
from ownconda.journeys.adopting import adopt as adopt_found


@click.command(
    "adopt",
    short_help="Make a folder of packages a channel, with history.",
    epilog="""\b
Example:
  ownconda channel adopt /srv/old-channel legacy --dry-run
  ownconda channel adopt /srv/old-channel legacy""",
)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("channel")
@click.option("--skip-clashes", is_flag=True, help="Leave out what the forge has otherwise under the same name.")
@dry_run_option
@forge_option
@json_option
def adopt(folder: Path, channel: str, skip_clashes: bool, dry_run: bool, forge_url: str | None, as_json: bool) -> None:
    """Let CHANNEL, which must be new, have the packages of FOLDER (.conda and .tar.bz2, in subdirs).

    Each day on which packages were listed becomes a snapshot of that day, as the index in FOLDER tells, or else when
    they were built. What that index has corrected becomes repodata patches, what it has removed is yanked. Damaged
    packages are named and left out. Interrupted, call it again.
    """
    found = survey(folder)
    for problem in found.damaged:
        show_warning(problem)
    if dry_run:
        _tell(found, as_json=as_json)
        return
    with forge_client(forge_url) as forge:
        taken = adopt_found(forge, channel, found, skip_clashes=skip_clashes, progress=progress())
    click.echo(f"{channel} has {taken} packages of {len(found.days)} days", err=True)


def _tell(found: Survey, *, as_json: bool) -> None:
    if as_json:
        print_json({"days": [asdict(day) | {"files": [str(file) for file in day.files]} for day in found.days]})
        return
    print_table(("DAY", "PACKAGES"), [(day.date, str(len(day.files))) for day in found.days])
    corrected = sum(len(patch.fields) for patch in found.patches.values())
    click.echo(f"{corrected} corrected by the index, {len(found.removed)} removed from it", err=True)
    for spec in found.removed:
        click.echo(f"removed: {visible(spec)}", err=True)


COMMANDS: Sequence[click.Command] = (adopt,)
