"""``ownconda channel diff``, ``announce``, ``notice``: what changes in a channel, told to its users."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import click

from ownconda.cli.announcement_targets import announcement_targets, check_targets
from ownconda.cli.channel_changes import json_option, print_change
from ownconda.cli.exits import show_error
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table, settings
from ownconda.exit_codes import exit_code, joint_exit_code
from ownconda.forge_client.answers import ChangeInfo
from ownconda.forge_client.news import Changelog, changelog, notices, post_notice, remove_notice
from ownconda.journeys.announcing import Delivery, Target, by_notice
from ownconda.journeys.announcing import announce as deliver
from ownconda.journeys.changelogs import as_html, as_markdown, as_text
from ownconda.wires.http import session

FORMATS = ("text", "markdown", "html", "json", "files")
LEVELS = ("info", "warning", "critical")


def _date(_: click.Context, __: click.Parameter, given: str) -> str:
    try:
        return given and date.fromisoformat(given).isoformat()
    except ValueError as error:
        raise click.BadParameter(f"{given!r} is no date such as 2026-12-01.") from error


from_option = click.option(
    "--from", "since", metavar="DATE", default="", callback=_date, help="Say from when A's channel has it."
)


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


@click.command(
    "announce",
    short_help="Tell people what changes in a channel.",
    epilog="""\b
Example:
  ownconda channel announce stable staging --from 2026-12-01 --dry-run
  ownconda channel announce stable.at.2026-11-01 stable
  ownconda channel announce stable staging --notice "Python 3.14 comes on 1 December\"""",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@from_option
@click.option("--notice", "text", metavar="TEXT", help="Let clients show this to who uses the channel, too.")
@click.option("--level", type=click.Choice(LEVELS), default="info", show_default=True, help="How much that matters.")
@click.option("--expires", metavar="DATE", default="", help="The notice's last day (default: in 30 days).")
@click.option("--again", is_flag=True, help="Tell also those who were told before.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be sent, and to whom.")
@forge_option
@json_option
def announce(
    before: str,
    after: str,
    since: str,
    text: str | None,
    level: str,
    expires: str,
    again: bool,
    dry_run: bool,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Send what `channel diff A B` tells to those whom the settings below `announce` name: by mail, to chats.

    Called again, it tells only those who weren't told yet. The exit code is 1 when a message was refused, 3 when a
    server can't be reached; the others were told.
    """
    chosen = settings()
    with forge_client(forge_url) as forge, session(ca_file=chosen.ca_file, retries=1) as web:
        targets = announcement_targets(chosen.announce, web, since=since, ca_file=chosen.ca_file)
        if text is not None:
            targets = (*targets, by_notice(forge, text, level=level, expires=expires))
        check_targets(targets)
        log = changelog(forge, before, after)
        if dry_run or not log.changes:
            click.echo(_written(log, "text", since), nl=False, err=as_json)
            targets, deliveries = (targets if log.changes else ()), []
            _show_unsent(targets)
        else:
            deliveries = [_said(one) for one in deliver(forge, log, targets, again=again)]
    if as_json:
        unsent = [{"target": one.name, "outcome": "not sent"} for one in targets if not deliveries]
        print_json(unsent + [{"target": one.target, "outcome": one.outcome.value} for one in deliveries])
    raise click.exceptions.Exit(joint_exit_code({exit_code(one.error) for one in deliveries if one.error}))


def _show_unsent(targets: Sequence[Target]) -> None:
    for target in targets:
        click.echo(f"would be told: {visible(target.name)}", err=True)
    if not targets:
        click.echo("nobody is told of that", err=True)


def _said(delivery: Delivery) -> Delivery:
    click.echo(f"{delivery.outcome.value}: {visible(delivery.target)}", err=True)
    if delivery.error:
        show_error(delivery.error)
    return delivery


COMMANDS: Sequence[click.Command] = (diff, announce, notice)
