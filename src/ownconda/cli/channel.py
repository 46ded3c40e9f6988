"""``ownconda channel``: look at a forge's channels, and promote from one to another."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

import click

from ownconda.cli import (
    channel_access,
    channel_adopt,
    channel_back,
    channel_carrying,
    channel_downloads,
    channel_keeping,
    channel_mirror,
    channel_news,
    channel_prune,
    channel_questions,
    channel_report,
    channel_tested,
)
from ownconda.cli.channel_changes import How, act_options, carry_out, json_option
from ownconda.cli.channel_verdicts import print_verdicts
from ownconda.cli.forge_keeping import readable
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.terminal import print_json, print_table
from ownconda.errors import NoError, Where
from ownconda.forge_client.answers import PackageInfo, SnapshotInfo

EPILOG = """\b
Example:
  ownconda channel list
  ownconda channel promote testing staging "python 3.13.*" --dry-run
  ownconda channel history stable
  ownconda channel rollback stable 42"""


@click.group("channel", epilog=EPILOG)
def command() -> None:
    """Look at a forge's channels; promote packages from one to another, take back what was wrong.

    Every change makes a new snapshot. Nothing is lost by any of these commands but purge: each state can be seen
    again, and gone back to. A channel as it was is a channel too: stable.at.42, stable.at.2026-11-20, stable.at.TAG.
    """


for _more in (
    *channel_access.COMMANDS,
    *channel_back.COMMANDS,
    *channel_adopt.COMMANDS,
    *channel_mirror.COMMANDS,
    *channel_keeping.COMMANDS,
    *channel_prune.COMMANDS,
    *channel_news.COMMANDS,
    *channel_questions.COMMANDS,
    *channel_downloads.COMMANDS,
    *channel_report.COMMANDS,
    *channel_tested.COMMANDS,
    *channel_carrying.COMMANDS,
):
    command.add_command(_more)


@command.command("list", short_help="List the channels.", epilog="Example: ownconda channel list --json")
@forge_option
@json_option
def list_channels(forge_url: str | None, as_json: bool) -> None:
    """List the channels of the forge, and its caches of channels elsewhere."""
    with forge_client(forge_url) as forge:
        channels, caches = forge.channels(), forge.caches()
    if as_json:
        print_json([*map(asdict, channels), *map(asdict, caches)])
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
    if caches:
        click.echo()
        rows = [(one.name, one.cache_of, str(one.files), readable(one.size)) for one in caches]
        print_table(("CACHE", "OF", "FILES", "SIZE"), rows)


@command.command(
    "show",
    short_help="List a channel's packages.",
    epilog='Example: ownconda channel show stable "python >=3.13"',
)
@click.argument("channel")
@click.argument("specs", nargs=-1)
@forge_option
@json_option
def show(channel: str, specs: tuple[str, ...], forge_url: str | None, as_json: bool) -> None:
    """List the packages of CHANNEL, now or as it was (stable.at.42): all of them, or those that match SPECS.

    They are told as clients see them; the last column names the fields that repodata patches change, and --json has
    what the package says itself.
    """
    with forge_client(forge_url) as forge:
        packages = forge.packages(channel, specs)
    if as_json:
        print_json([asdict(package) for package in packages])
        return
    print_table(
        ("NAME", "VERSION", "BUILD", "SUBDIR", "SIZE", "LICENSE", "SINCE", ""),
        [
            (
                one.name,
                one.version,
                one.build,
                one.subdir,
                str(one.size),
                one.license or "",
                one.indexed_at,
                _notes(one),
            )
            for one in packages
        ],
    )


def _notes(one: PackageInfo) -> str:
    patched = f"patched: {', '.join(one.patched)}" if one.patched else ""
    return "; ".join(filter(None, ("yanked" if one.yanked else "", patched)))


@command.command(
    "history",
    short_help="List a channel's snapshots.",
    epilog="Example: ownconda channel history stable --limit 5",
)
@click.argument("channel")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="How many snapshots.")
@click.option("--verdicts", is_flag=True, help="List what the gate said of changes instead: also what it refused.")
@forge_option
@json_option
def history(channel: str, limit: int, verdicts: bool, forge_url: str | None, as_json: bool) -> None:
    """List the snapshots of CHANNEL, the newest first.

    With --verdicts, list what the gate said of what led to them, and what was refused since the oldest of them. A
    forge keeps the last 1,000 of each kind in a channel, for two years.
    """
    with forge_client(forge_url) as forge:
        if verdicts:
            print_verdicts(forge.verdicts(channel, limit=limit), as_json=as_json)
            return
        snapshots = forge.history(channel, limit=limit)
    if as_json:
        print_json([asdict(snapshot) for snapshot in snapshots])
        return
    headings = ("SNAPSHOT", "AT", "BY", "WHAT", "ADDED", "REMOVED", "TAGS", "REASON")
    print_table(headings, [_line(one) for one in snapshots])


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
@click.option("--with-dependencies", is_flag=True, help="Take along what it needs and TO hasn't got.")
@act_options
def promote(
    source: str, target: str, specs: tuple[str, ...], listed_in: TextIO | None, with_dependencies: bool, how: How
) -> None:
    """Let the channel TO list what SPECS choose in the channel FROM (without SPECS: everything).

    FROM may be a channel as it was, such as testing.at.6: what it listed then. The files are the same; nothing is built
    or copied. Where TO has a gate, all that arrives has to be installable there, and what was installable has to stay
    so; otherwise nothing changes and you are told why.
    """
    if listed_in:
        with forge_client(how.forge_url) as forge:
            specs = (*specs, *_listed(forge.packages(source), set(listed_in.read().split()), source, listed_in.name))
    meant = {"from": source, "specs": list(specs), "with_dependencies": with_dependencies}
    carry_out(target, "promote", how, **meant)


def _listed(packages: Iterable[PackageInfo], wanted: Collection[str], channel: str, file: str) -> list[str]:
    if not wanted:
        raise NoError("lists no packages: there is nothing to promote", where=Where(file=file))
    found = [one for one in packages if one.path in wanted]
    if not found:
        raise NoError(f"{channel} has none of the {len(wanted)} packages that are listed")
    return [f"{one.name} =={one.version} {one.build}[subdir={one.subdir}]" for one in found]


def _line(one: SnapshotInfo) -> Sequence[str]:
    return (
        str(one.id),
        one.at,
        one.author,
        f"{one.kind}, expired" if one.expired else one.kind,
        f"+{one.added}",
        f"-{one.removed}",
        " ".join(one.tags),
        one.reason,
    )
