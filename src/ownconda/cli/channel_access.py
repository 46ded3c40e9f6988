"""``ownconda channel create``, ``allow``, ``disallow``: channels of one's own, and who may what in them."""

from dataclasses import asdict

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client import own_channels
from ownconda.forge_client.own_channels import GrantedInfo


@click.command(
    "create",
    short_help="Make a channel of your own.",
    epilog="""\b
Example:
  ownconda channel create team.vision --base stable
  ownconda channel create team.vision --public --owner group:vision --owner person:ann""",
)
@click.argument("channel")
@click.option("--base", default="", metavar="CHANNEL", help="The channel that it stands on (CEP 42).")
@click.option("--public/--private", default=False, show_default=True, help="Whether rules about all channels count.")
@click.option("--owner", "owners", multiple=True, metavar="WHO", help="Whose it is, instead of yours; may be repeated.")
@forge_option
@json_option
def create(
    channel: str, base: str, public: bool, owners: tuple[str, ...], forge_url: str | None, as_json: bool
) -> None:
    """Make CHANNEL, which is there at once. A rule has to allow you to `create` channels that are called so.

    A private channel exists only for those whom its owners allow something, for administrators, and for those of whom a
    rule says something about this channel rather than all. Owners say who else may what: ownconda channel allow.
    """
    with forge_client(forge_url) as forge:
        made = own_channels.create_channel(forge, channel, base=base, public=public, owners=owners)
    if not as_json:
        click.echo(f"{channel} is there, and {'public' if public else 'private'}", err=True)
    _show(made, as_json=as_json)


@click.command(
    "allow",
    short_help="Let somebody do something in a channel of yours; list who may what.",
    epilog="""\b
Example:
  ownconda channel allow team.vision
  ownconda channel allow team.vision group:vision read upload
  ownconda channel allow team.vision pipeline:vision/camera upload
  ownconda channel allow team.vision person:ann administer""",
)
@click.argument("channel")
@click.argument("who", required=False)
@click.argument("actions", nargs=-1, metavar="[ACTION]...")
@forge_option
@json_option
def allow(channel: str, who: str | None, actions: tuple[str, ...], forge_url: str | None, as_json: bool) -> None:
    """Let WHO (a pattern, as in rules) do each ACTION in CHANNEL; without WHO, list who may what there.

    Actions are read, upload, promote, manage, waive; `administer` makes WHO an owner. It counts within two seconds.
    """
    if who is not None and not actions:
        raise click.UsageError("Name what they are to be allowed, such as read or upload.")
    with forge_client(forge_url) as forge:
        if who is None:
            found = own_channels.granted(forge, channel)
        else:
            found = own_channels.allow(forge, channel, who, actions)
    _show(found, as_json=as_json)


@click.command(
    "disallow",
    short_help="Take back what somebody may in a channel of yours.",
    epilog="""\b
Example:
  ownconda channel disallow team.vision group:vision upload
  ownconda channel disallow team.vision person:ann""",
)
@click.argument("channel")
@click.argument("who")
@click.argument("actions", nargs=-1, metavar="[ACTION]...")
@forge_option
@json_option
def disallow(channel: str, who: str, actions: tuple[str, ...], forge_url: str | None, as_json: bool) -> None:
    """Let WHO do no ACTION in CHANNEL any more: without any ACTION, nothing at all.

    WHO is to be written as it was when it was allowed. What rules of the settings allow isn't touched.
    """
    with forge_client(forge_url) as forge:
        found = own_channels.disallow(forge, channel, who, actions)
    _show(found, as_json=as_json)


def _show(found: GrantedInfo, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
    else:
        print_table(("WHO", "MAY"), [(visible(who), ", ".join(may)) for who, may in found.granted.items()])


COMMANDS = (create, allow, disallow)
