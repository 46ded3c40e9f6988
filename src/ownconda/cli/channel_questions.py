"""``ownconda channel where-used`` and ``check``: who needs a package, and whether a channel is sound."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.exits import problem_as_json
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table
from ownconda.exit_codes import NO
from ownconda.forge_client import questions
from ownconda.forge_client.questions import ListedSpan, UsedPackage, UsesInfo


@click.command(
    "where-used",
    short_help="Tell what needs a package, and where.",
    epilog="""\b
Example:
  ownconda channel where-used "openssl 3.*"
  ownconda channel where-used zlib --now --json""",
)
@click.argument("spec")
@click.option("--now", is_flag=True, help="Leave out what only older snapshots list.")
@forge_option
@json_option
def where_used(spec: str, now: bool, forge_url: str | None, as_json: bool) -> None:
    """List the packages whose requirements one of those that SPEC chooses can meet, with the channels that list them.

    TO is the snapshot that lists it no more. Lock files, prefixes and installers that were reported to the forge are
    listed too (`ownconda channel report`), and packages that carry copies of its libraries, as wheels do: as far as
    the copies' names tell.
    """
    with forge_client(forge_url) as forge:
        found = questions.where_used(forge, spec)
    if as_json:
        print_json(asdict(found))
        return
    rows = [row for one in (*found.chosen, *found.dependents) for row in _rows(one, now=now)]
    print_table(("PACKAGE", "NEEDS", "CHANNEL", "FROM", "TO"), rows)
    _print_carriers(found, now=now)
    _print_holders(found)


def _rows(one: UsedPackage, *, now: bool) -> Iterator[Sequence[str]]:
    spans = [span for span in one.listed if span.until is None or not now]
    for span in spans:
        yield one.path, ", ".join(one.needs) or "-", span.channel, str(span.since), _end(span)


def _print_carriers(found: UsesInfo, *, now: bool) -> None:
    rows = [(one.path, file, *row[2:]) for one in found.carriers for row in _rows(one, now=now) for file in one.copies]
    if rows:
        click.echo()
        print_table(("PACKAGE", "CARRIES A COPY", "CHANNEL", "FROM", "TO"), rows)


def _end(span: ListedSpan) -> str:
    return "now" if span.until is None else str(span.until)


def _print_holders(found: UsesInfo) -> None:
    if found.holders:
        click.echo()
        rows = [(one.kind, one.name, file, one.author, one.at) for one in found.holders for file in sorted(one.files)]
        print_table(("HELD BY", "NAME", "FILE", "REPORTED BY", "AT"), rows)


@click.command(
    "check",
    short_help="Check that a channel is what it says.",
    epilog="""\b
Example:
  ownconda channel check stable
  ownconda channel check stable --deep --json""",
)
@click.argument("channel")
@click.option("--deep", is_flag=True, help="Read every byte: compare each file with its sha256.")
@click.option("--no-solve", is_flag=True, help="Don't ask whether everything can be installed.")
@forge_option
@json_option
def check(channel: str, deep: bool, no_solve: bool, forge_url: str | None, as_json: bool) -> None:
    """Check that each file that CHANNEL lists is there, that its index is its snapshot's, and all can be installed.

    What can be installed is asked as the gate asks: on each of the forge's machines, from the channel alone or with
    those that it stands on. The exit code is 1 when there are problems.
    """
    with forge_client(forge_url) as forge:
        found = questions.check(forge, channel, deep=deep, solve=not no_solve)
    if as_json:
        print_json(asdict(found) | {"problems": [problem_as_json(one) for one in found.problems]})
    else:
        for problem in found.problems:
            click.echo("\n".join(map(visible, problem.what.split("\n"))))
    counted = f"{found.packages} packages checked, {len(found.problems)} problems"
    click.echo(f"{channel} at snapshot {found.snapshot}: {counted}", err=True)
    if found.problems:
        raise click.exceptions.Exit(NO)


COMMANDS: Sequence[click.Command] = (where_used, check)
