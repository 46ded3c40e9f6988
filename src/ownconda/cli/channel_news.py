"""``ownconda channel diff``, ``announce``, ``notice``: what changes in a channel, told to its users."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from ownconda.cli.channel_changes import json_option, print_change
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.answers import ChangeInfo
from ownconda.forge_client.news import Changelog, changelog, notices, post_notice, remove_notice
from ownconda.journeys.changelogs import as_html, as_markdown, as_text

FORMATS = ("text", "markdown", "html", "json", "files")
LEVELS = ("info", "warning", "critical")

from_option = click.option("--from", "since", metavar="DATE", default="", help="Say from when the channel has it.")


@click.command(
    "diff",
    short_help="Tell what two channels or snapshots differ in.",
    epilog="""\b
Example:
  ownconda channel diff stable staging
  ownconda channel diff stable.at.2026-11-01 stable --format markdown
  ownconda channel diff stable staging --from 2026-12-01 --format html > news.html""",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--format", "shape", type=click.Choice(FORMATS), default="text", show_default=True, help="How it is written."
)
@from_option
@forge_option
@json_option
def diff(before: str, after: str, shape: str, since: str, forge_url: str | None, as_json: bool) -> None:
    """Tell what leads from A to B: channels, snapshots' numbers, or channels as they were (stable.at.2026-11-20).

    It is told package by package, as a changelog; with --format files file by file.
    """
    shape = "json" if as_json else shape
    with forge_client(forge_url) as forge:
        if shape == "files":
            print_change(forge.diff(before, after), as_json=False)
        elif shape == "json":
            print_json(_as_json(changelog(forge, before, after), since) | _files(forge.diff(before, after)))
        else:
            click.echo(_written(changelog(forge, before, after), shape, since), nl=False)


def _as_json(log: Changelog, since: str) -> dict[str, object]:
    changes = [asdict(one) | {"kind": one.kind.value} for one in log.changes]
    return asdict(log) | {"from": since, "changes": changes}


def _files(change: ChangeInfo) -> dict[str, object]:
    return {key: value for key, value in asdict(change).items() if key in {"added", "removed"}}


def _written(log: Changelog, shape: str, since: str) -> str:
    write = {"text": as_text, "markdown": as_markdown, "html": as_html}[shape]
    return "".join(f"{visible(line)}\n" for line in write(log, since=since).split("\n")[:-1])


@click.command(
    "notice",
    short_help="Tell something to a channel's users; list notices.",
    epilog="""\b
Example:
  ownconda channel notice stable
  ownconda channel notice stable "Python 3.9 goes in May" --level warning --expires 2027-05-31
  ownconda channel notice stable --remove stable-3f9a1c2b77""",
)
@click.argument("channel")
@click.argument("text", required=False)
@click.option("--level", type=click.Choice(LEVELS), default="info", show_default=True, help="How much it matters.")
@click.option("--expires", metavar="DATE", default="", help="Its last day (default: in 30 days).")
@click.option("--remove", metavar="ID", help="Take a notice away.")
@forge_option
@json_option
def notice(
    channel: str,
    text: str | None,
    level: str,
    expires: str,
    remove: str | None,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Let clients show TEXT to who uses CHANNEL (`conda notices`, CEP 6); without TEXT, list what they show."""
    if text is not None and remove is not None:
        raise click.UsageError("Give either TEXT or --remove.")
    with forge_client(forge_url) as forge:
        if remove is not None:
            remove_notice(forge, channel, remove)
            click.echo(f"{channel} has no notice {visible(remove)} any more", err=True)
            return
        told = (
            notices(forge, channel)
            if text is None
            else (post_notice(forge, channel, text, level=level, expires=expires),)
        )
    if as_json:
        print_json([asdict(one) for one in told])
    else:
        rows = [(one.id, one.level, one.created_at, one.expires_at, one.message) for one in told]
        print_table(("NOTICE", "LEVEL", "SINCE", "UNTIL", "TEXT"), rows)


COMMANDS: Sequence[click.Command] = (diff, notice)
