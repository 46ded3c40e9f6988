"""``ownconda channel``: look at a forge's channels, promote, roll back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table
from ownconda.errors import NoError
from ownconda.forge_client.answers import ChangeInfo, PackageInfo, SnapshotInfo

EPILOG = """\b
Example:
  ownconda channel list
  ownconda channel promote testing staging "python 3.13.*" --dry-run
  ownconda channel history stable
  ownconda channel rollback stable 42"""

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
_dry_run_option = click.option("--dry-run", is_flag=True, help="Only tell what would change.")
_reason_option = click.option("--reason", default="", help="Why; it stays in the channel's history.")


@click.group("channel", epilog=EPILOG)
def command() -> None:
    """Look at a forge's channels; promote packages from one to another, roll one back.

    Every change makes a new snapshot. Nothing is lost by any of these commands: each state can be seen
    again, and gone back to.
    """


@command.command("list", short_help="List the channels.", epilog="Example: ownconda channel list --json")
@forge_option
@_json_option
def list_channels(forge_url: str | None, as_json: bool) -> None:
    """List the channels of the forge."""
    with forge_client(forge_url) as forge:
        channels = forge.channels()
    if as_json:
        print_json([asdict(channel) for channel in channels])
        return
    print_table(
        ("CHANNEL", "PACKAGES", "FILES", "SUBDIRS", "SNAPSHOT", "CHANGED"),
        [
            (
                channel.name,
                str(channel.packages),
                str(channel.files),
                " ".join(channel.subdirs),
                str(channel.snapshot.id),
                channel.snapshot.at,
            )
            for channel in channels
        ],
    )


@command.command(
    "show",
    short_help="List a channel's packages.",
    epilog='Example: ownconda channel show stable "python >=3.13"',
)
@click.argument("channel")
@click.argument("specs", nargs=-1)
@forge_option
@_json_option
def show(channel: str, specs: tuple[str, ...], forge_url: str | None, as_json: bool) -> None:
    """List the packages of CHANNEL: all of them, or those that match SPECS."""
    with forge_client(forge_url) as forge:
        packages = forge.packages(channel, specs)
    if as_json:
        print_json([asdict(package) for package in packages])
        return
    print_table(
        ("NAME", "VERSION", "BUILD", "SUBDIR", "SIZE", "LICENSE", "SINCE"),
        [
            (one.name, one.version, one.build, one.subdir, str(one.size), one.license or "", one.indexed_at)
            for one in packages
        ],
    )


@command.command(
    "history",
    short_help="List a channel's snapshots.",
    epilog="Example: ownconda channel history stable --limit 5",
)
@click.argument("channel")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="How many snapshots.")
@forge_option
@_json_option
def history(channel: str, limit: int, forge_url: str | None, as_json: bool) -> None:
    """List the snapshots of CHANNEL, the newest first."""
    with forge_client(forge_url) as forge:
        snapshots = forge.history(channel, limit=limit)
    if as_json:
        print_json([asdict(snapshot) for snapshot in snapshots])
        return
    headings = ("SNAPSHOT", "AT", "BY", "WHAT", "ADDED", "REMOVED", "REASON")
    print_table(headings, [_line(one) for one in snapshots])


@command.command(
    "diff",
    short_help="Tell what two channels or snapshots differ in.",
    epilog="Example: ownconda channel diff stable staging",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@forge_option
@_json_option
def diff(before: str, after: str, forge_url: str | None, as_json: bool) -> None:
    """Tell what leads from A to B, two channels or snapshots."""
    with forge_client(forge_url) as forge:
        change = forge.diff(before, after)
    _print_change(change, as_json=as_json)


@command.command(
    "promote",
    short_help="Let a channel list what another one has.",
    epilog='Example: ownconda channel promote testing staging zlib "python 3.13.*"',
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("specs", nargs=-1)
@click.option(
    "--listed-in",
    type=click.File(),
    help="Choose the packages that a file lists as SUBDIR/FILE, one a line, as far as FROM has them ('-': stdin).",
)
@_dry_run_option
@_reason_option
@forge_option
@_json_option
def promote(
    source: str,
    target: str,
    specs: tuple[str, ...],
    listed_in: TextIO | None,
    dry_run: bool,
    reason: str,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Let the channel TO list what SPECS choose in the channel FROM (without SPECS: everything).

    The files are the same; nothing is built or copied.
    """
    with forge_client(forge_url) as forge:
        if listed_in:
            specs = (*specs, *_listed(forge.packages(source), set(listed_in.read().split()), source))
        change = (
            forge.plan_promotion(source, target, specs)
            if dry_run
            else forge.promote(source, target, specs, reason=reason)
        )
    _print_change(change, as_json=as_json)
    _sum_up(change, target, dry_run=dry_run)


@command.command(
    "rollback",
    short_help="Go back to an earlier snapshot.",
    epilog="Example: ownconda channel rollback stable 42 --dry-run",
)
@click.argument("channel")
@click.argument("snapshot", type=int)
@_dry_run_option
@_reason_option
@forge_option
@_json_option
def rollback(channel: str, snapshot: int, dry_run: bool, reason: str, forge_url: str | None, as_json: bool) -> None:
    """Let CHANNEL list again what it listed at SNAPSHOT, a number that `channel history` tells.

    That makes a new snapshot, so a rollback can be rolled back.
    """
    with forge_client(forge_url) as forge:
        change = (
            forge.plan_rollback(channel, snapshot) if dry_run else forge.roll_back(channel, snapshot, reason=reason)
        )
    _print_change(change, as_json=as_json)
    _sum_up(change, channel, dry_run=dry_run)


def _listed(packages: Iterable[PackageInfo], wanted: Collection[str], channel: str) -> list[str]:
    found = [one for one in packages if one.path in wanted]
    if not found:
        raise NoError(f"{channel} has none of the {len(wanted)} packages that are listed")
    return [f"{one.name} =={one.version} {one.build}[subdir={one.subdir}]" for one in found]


def _line(one: SnapshotInfo) -> Sequence[str]:
    return (str(one.id), one.at, one.author, one.kind, f"+{one.added}", f"-{one.removed}", one.reason)


def _print_change(change: ChangeInfo, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(change))
        return
    for sign, packages in (("+", change.added), ("-", change.removed)):
        for package in packages:
            click.echo(f"{sign} {visible(package.path)}")


def _sum_up(change: ChangeInfo, channel: str, *, dry_run: bool) -> None:
    counted = f"{len(change.added)} added, {len(change.removed)} removed"
    if not change.added and not change.removed:
        click.echo(f"{channel}: nothing to change", err=True)
    elif dry_run:
        click.echo(f"{channel} would change: {counted}", err=True)
    elif change.snapshot is not None:
        click.echo(f"{channel} is now at snapshot {change.snapshot.id}: {counted}", err=True)
