"""``ownconda channel mirror``: chosen packages of another channel, with what they need."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from ownconda.cli.channel_addresses import channel_address
from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.policy import policy
from ownconda.cli.terminal import print_json, progress, settings
from ownconda.conda.subdirs import current_subdir
from ownconda.journeys.mirroring import check_licences, wanted
from ownconda.journeys.mirroring import mirror as bring_over


@click.command(
    "mirror",
    short_help="Keep chosen packages of another channel.",
    epilog="""\b
Example:
  ownconda channel mirror https://conda.example.org/main mirror "numpy 2.*" pandas --dry-run
  ownconda channel mirror https://conda.example.org/main mirror "numpy 2.*" pandas""",
)
@click.argument("source", metavar="URL")
@click.argument("channel")
@click.argument("specs", nargs=-1, required=True)
@click.option("--subdir", "subdirs", multiple=True, help="For this subdir, not this machine's; may be repeated.")
@dry_run_option
@forge_option
@json_option
def mirror(
    source: str,
    channel: str,
    specs: tuple[str, ...],
    subdirs: tuple[str, ...],
    dry_run: bool,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Bring into CHANNEL the newest packages that SPECS mean in the channel at URL, and all that these need.

    Licences are checked against the policy before anything is sent (policy.licences_allowed, policy.licences_denied).
    Called again, it brings what is newer by then; what is there stays.
    """
    chosen = settings()
    packages = wanted(channel_address(source, chosen.forge.url), specs, subdirs or (current_subdir(),))
    check_licences(packages, policy(chosen.policy).licences)
    with forge_client(forge_url) as forge:
        if dry_run:
            there = {one.path for one in forge.packages(channel)}
            new = tuple(one.path for one in packages if one.path not in there)
        else:
            done = bring_over(forge, channel, packages, ca_file=chosen.ca_file, progress=progress())
            new = done.new
    if as_json:
        print_json({"channel": channel, "packages": [asdict(one) for one in packages], "new": list(new)})
        return
    for path in new:
        click.echo(f"+ {visible(path)}")
    told = f"{len(new)} new, {len(packages) - len(new)} there already"
    click.echo(f"{channel}{' would have' if dry_run else ':'} {told}", err=True)


COMMANDS: Sequence[click.Command] = (mirror,)
