"""``ownconda channel tag``, ``hold``, ``release``, ``purge``: what is noted of a channel beside its packages."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from ownconda.cli.channel_changes import dry_run_option, json_option, reason_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table


@click.command(
    "tag",
    short_help="Name a snapshot; list a channel's tags.",
    epilog="""\b
Example:
  ownconda channel tag stable
  ownconda channel tag stable release-2026.11
  ownconda channel tag stable before-numpy-2 42
  ownconda channel tag stable before-numpy-2 --remove""",
)
@click.argument("channel")
@click.argument("name", required=False)
@click.argument("snapshot", required=False, default="")
@click.option("--remove", is_flag=True, help="Let NAME mean no snapshot any more.")
@forge_option
@json_option
def tag(channel: str, name: str | None, snapshot: str, remove: bool, forge_url: str | None, as_json: bool) -> None:
    """Give SNAPSHOT of CHANNEL (a number or a date; without it, the newest) the name NAME; without NAME, list tags.

    A tagged snapshot never expires. As a channel it is CHANNEL.at.NAME.
    """
    with forge_client(forge_url) as forge:
        if name is None:
            tags = forge.tags(channel)
        elif remove:
            forge.untag(channel, name)
            click.echo(f"{channel} has no tag {name} any more", err=True)
            return
        else:
            tags = (forge.tag(channel, name, snapshot=snapshot),)
    if as_json:
        print_json([asdict(one) for one in tags])
    else:
        print_table(
            ("TAG", "SNAPSHOT", "BY", "AT"), [(one.name, str(one.snapshot), one.author, one.at) for one in tags]
        )


@click.command(
    "hold",
    short_help="Let nothing in that matches; list holds.",
    epilog="""\b
Example:
  ownconda channel hold stable
  ownconda channel hold stable "numpy >=2" --reason "our own packages aren't ready\"""",
)
@click.argument("channel")
@click.argument("spec", required=False)
@reason_option
@forge_option
@json_option
def hold(channel: str, spec: str | None, reason: str, forge_url: str | None, as_json: bool) -> None:
    """Let nothing that matches SPEC enter CHANNEL until it is released; without SPEC, list what is held.

    What the channel lists already stays.
    """
    if spec is not None and not reason.strip():
        raise click.UsageError("A hold needs a --reason: whoever runs into it will want to know.")
    with forge_client(forge_url) as forge:
        if spec is not None:
            forge.act(channel, "hold", spec=spec, reason=reason)
        holds = forge.holds(channel)
    if as_json:
        print_json([asdict(one) for one in holds])
    else:
        print_table(("SPEC", "REASON", "BY", "AT"), [(one.spec, one.reason, one.author, one.at) for one in holds])


@click.command(
    "release",
    short_help="Let in again what a hold kept out.",
    epilog='Example: ownconda channel release stable "numpy >=2"',
)
@click.argument("channel")
@click.argument("spec")
@reason_option
@forge_option
def release(channel: str, spec: str, reason: str, forge_url: str | None) -> None:
    """Take back the hold on SPEC in CHANNEL."""
    with forge_client(forge_url) as forge:
        forge.act(channel, "release", spec=spec, reason=reason)
    click.echo(f"{channel}: {visible(spec)} may enter again", err=True)


@click.command(
    "purge",
    short_help="Remove a file for good, from everywhere.",
    epilog="""\b
Example:
  ownconda channel purge linux-64/own_tool-1.2-h0_0.conda --dry-run
  ownconda channel purge own_tool-1.2-h0_0.conda --reason "holds a private key\"""",
)
@click.argument("file")
@dry_run_option
@reason_option
@forge_option
@json_option
def purge(file: str, dry_run: bool, reason: str, forge_url: str | None, as_json: bool) -> None:
    """Remove FILE from all channels and all their snapshots, and its bytes from the disk. This can't be undone.

    It is for what must not exist, such as a secret that leaked. Its name stays taken, its address tells that it was
    purged and why, and it stays in the history that it was there.
    """
    if not dry_run and not reason.strip():
        raise click.UsageError("A purge needs a --reason: it is all that stays of the file.")
    with forge_client(forge_url) as forge:
        purged = forge.purge(file, reason=reason, dry_run=dry_run)
    if as_json:
        print_json(asdict(purged))
        return
    click.echo(f"{visible(purged.path)} {purged.sha256}")
    where = ", ".join(purged.channels)
    click.echo(f"{'would be' if dry_run else 'is'} purged; it was in {where}", err=True)


COMMANDS: Sequence[click.Command] = (tag, hold, release, purge)
