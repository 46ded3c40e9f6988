"""``ownconda env``: environments without any conda client."""

import os
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.channel_report import report_holding
from ownconda.cli.forge_options import forge_client
from ownconda.cli.plain_text import visible
from ownconda.conda.trust import trust
from ownconda.environments.creating import create
from ownconda.environments.holdings import holding
from ownconda.errors import WrongInputError
from ownconda.wires.addresses import without_credentials

EXAMPLE = "Example: ownconda env create -p ./env -c http://127.0.0.1:8765/conda/stable python own_hello"


@click.group("env", epilog=EXAMPLE)
def command() -> None:
    """Install environments on a machine that has no conda client."""


@command.command("create", epilog=EXAMPLE)
@click.option("-p", "--prefix", type=click.Path(path_type=Path), required=True, help="The folder to install into.")
@click.option(
    "-c",
    "--channel",
    "channels",
    multiple=True,
    help="A channel: an address, a folder, or a name on the forge.",
)
@click.option("--platform", "subdir", help="Install for another subdir than this machine's.")
@click.option("--replace", is_flag=True, help="Remove what SPECS don't ask for any more.")
@click.option("--force", is_flag=True, help="Overwrite files that belong to no package.")
@click.option("--report", is_flag=True, help="Tell the forge what the prefix holds, see `ownconda channel report`.")
@click.option("--json", "as_json", is_flag=True, help="Print what was installed as JSON.")
@click.argument("specs", nargs=-1, required=True)
def create_command(
    prefix: Path,
    channels: tuple[str, ...],
    subdir: str | None,
    replace: bool,
    force: bool,
    report: bool,
    as_json: bool,
    specs: tuple[str, ...],
) -> None:
    """Install what satisfies SPECS into a prefix.

    Packages come from the channels given (default: those of the settings) and from nowhere else. An existing
    environment is completed and updated: repeat what it was made for, or replace that with --replace.
    """
    settings = terminal.settings()
    addresses = channel_addresses(channels, settings)
    if not addresses:
        raise WrongInputError("no channel is given", hint="add -c CHANNEL, or set channels in ownconda.toml")
    trust(settings.ca_file, os.environ)
    made = create(prefix, addresses, specs, terminal.progress(), subdir=subdir, replace=replace, force=force)
    if report:
        with forge_client(None) as forge:
            report_holding(forge, made.prefix, holding(made.prefix))
    if as_json:
        terminal.print_json(
            {
                "prefix": str(made.prefix),
                "packages": [without_credentials(url) for url in made.solved.urls],
                "added": list(made.changes.added),
                "removed": list(made.changes.removed),
            }
        )
        return
    for package in made.changes.removed:
        click.echo(f"- {visible(package)}")
    for package in made.changes.added:
        click.echo(f"+ {visible(package)}")
    count = len(made.solved.names)
    click.echo(f"{count} package{'' if count == 1 else 's'} in {made.prefix}", err=True)
