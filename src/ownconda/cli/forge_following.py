"""``ownconda forge follow`` and ``take-over``: a second site, and what to do when the first one is lost."""

from dataclasses import asdict
from pathlib import Path

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_keeping import readable
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.stopped_forge import folder_of, stopped_forge
from ownconda.cli.terminal import print_json, progress, settings
from ownconda.exit_codes import DONE, NO
from ownconda.forge_client.client import ForgeClient

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    "follow",
    short_help="Replicate another forge, with its history.",
    epilog="""\b
Example:
  ownconda forge follow https://conda.example.org /srv/second
  ownconda forge follow https://conda.example.org /srv/second --channel stable --channel archive
  ownconda forge serve /srv/second""",
)
@click.argument("url", metavar="URL")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Follow this channel alone; may be repeated."
)
@json_option
def follow(url: str, folder: Path, channels: tuple[str, ...], as_json: bool) -> None:
    """Let the forge in FOLDER, made where there is none, have what the forge at URL has, with its history.

    Interrupted, it goes on when run again. `ownconda forge serve FOLDER` then goes on following, and shows all of it to
    clients; nobody else can write to it until `ownconda forge take-over`. The token, which may `follow`, is the setting
    forge.leader_token, or the one for commands.
    """
    from ownconda.journeys.following import Brought, Follower, begin  # noqa: PLC0415  (likewise)

    with _leader(url) as leader:
        begin(folder_of(folder), leader, channels)
        with stopped_forge(folder) as here:
            brought = Follower(here, leader, progress=progress()).catch_up() or Brought()
    if as_json:
        print_json(asdict(brought))
        return
    size = readable(brought.size)
    click.echo(f"{brought.snapshots} snapshots are new here, with {brought.files} files ({size})", err=True)
    click.echo(f"next: ownconda forge serve {visible(str(folder))}", err=True)


def _leader(url: str) -> ForgeClient:
    token = str(settings().forge.leader_token)
    return ForgeClient(url, token=token, ca_file=settings().ca_file) if token else forge_client(url)


@click.command(
    "take-over",
    short_help="Let a forge lead that followed another one.",
    epilog="""\b
Example:
  ownconda forge take-over
  ownconda forge take-over /srv/second        # one that is stopped""",
)
@click.argument("folder", required=False, type=_FOLDER)
@forge_option
@json_option
def take_over(folder: Path | None, forge_url: str | None, as_json: bool) -> int:
    """Let a forge lead that followed another one: from now on it takes uploads, and follows nobody.

    Do it when the other one is lost, or stopped for good: what both take from then on can't be brought together. What
    the other one took last and hadn't passed on isn't here. The exit code is 1 when the forge followed nobody.
    """
    followed = _over_http(forge_url) if folder is None else _in_folder(folder)
    if as_json:
        print_json({"followed": followed})
    elif followed is None:
        click.echo("this forge leads already", err=True)
    else:
        click.echo(f"this forge leads now; it followed {visible(followed) or 'media'}", err=True)
    return NO if followed is None else DONE


def _over_http(forge_url: str | None) -> str | None:
    from ownconda.forge_client.history import take_over as ask  # noqa: PLC0415  (likewise)

    with forge_client(forge_url) as forge:
        return ask(forge)


def _in_folder(folder: Path) -> str | None:
    from ownconda.channels.transfers.beginning import lead  # noqa: PLC0415  (likewise)

    before = lead(folder_of(folder))
    return None if before is None else before.url


COMMANDS = (follow, take_over)
