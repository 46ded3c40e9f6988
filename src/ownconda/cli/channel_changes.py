"""What the commands that change a channel share: their options, and how a change is told."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible, visible_lines
from ownconda.cli.terminal import print_json
from ownconda.exit_codes import NO
from ownconda.forge_client.answers import ChangeInfo

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
dry_run_option: Option = click.option("--dry-run", is_flag=True, help="Only tell what would change.")
reason_option: Option = click.option("--reason", default="", help="Why; it stays in the channel's history.")


waive_option: Option = click.option(
    "--waive", "waived", multiple=True, metavar="RULE", help="Let a rule of the gate not count this time; see --reason."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What all commands that change a channel are told beside what they change."""

    dry_run: bool
    reason: str
    waived: tuple[str, ...]
    forge_url: str | None
    as_json: bool


def act_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, and hand them to it as ``how``."""

    @functools.wraps(command)
    def with_how(
        *arguments: object,
        dry_run: bool,
        reason: str,
        waived: tuple[str, ...],
        forge_url: str | None,
        as_json: bool,
        **options: object,
    ) -> None:
        how = How(dry_run=dry_run, reason=reason, waived=waived, forge_url=forge_url, as_json=as_json)
        command(*arguments, how=how, **options)

    decorated: Callable[..., None] = with_how
    for option in (json_option, forge_option, waive_option, reason_option, dry_run_option):
        decorated = option(decorated)
    return decorated


def carry_out(channel: str, verb: str, how: How, **meant: object) -> None:
    """Let the forge change a channel, or only tell what that would do; the exit code is 1 when its gate refuses."""
    if how.waived and not how.reason.strip():
        raise click.UsageError("--waive needs a --reason: it stays in the channel's history.")
    waived = dict.fromkeys(how.waived, how.reason)
    with forge_client(how.forge_url) as forge:
        change = forge.act(channel, verb, **meant, reason=how.reason, waive=waived, dry_run=how.dry_run)
    print_change(change, as_json=how.as_json)
    if change.verdict is not None and not how.as_json:
        text = visible_lines(change.verdict.text)
        click.echo(text if change.verdict.passed else f"\n{text}", err=True)
    sum_up(change, channel, dry_run=how.dry_run)
    if change.verdict is not None and not change.verdict.passed:
        raise click.exceptions.Exit(NO)


def print_change(change: ChangeInfo, *, as_json: bool) -> None:
    """Print each package that comes, goes, or is yanked or offered again."""
    if as_json:
        print_json(asdict(change))
        return
    added = {one.path: one for one in change.added}
    removed = {one.path: one for one in change.removed}
    for path in sorted(added.keys() - removed.keys()):
        click.echo(f"+ {visible(path)}")
    for path in sorted(removed.keys() - added.keys()):
        click.echo(f"- {visible(path)}")
    for path in sorted(added.keys() & removed.keys()):
        if added[path].yanked != removed[path].yanked:
            click.echo(f"{'yanked ' if added[path].yanked else 'offered again '} {visible(path)}")
    if change.terms:
        click.echo("repodata patches change")


def sum_up(change: ChangeInfo, channel: str, *, dry_run: bool) -> None:
    """Say where the channel stands, or would stand."""
    added, removed = {one.path for one in change.added}, {one.path for one in change.removed}
    counted = f"{len(added - removed)} added, {len(removed - added)} removed"
    if added & removed:
        counted += f", {len(added & removed)} changed"
    if not added and not removed and not change.terms:
        click.echo(f"{channel}: nothing to change", err=True)
    elif dry_run:
        click.echo(f"{channel} would change: {counted}", err=True)
    elif change.snapshot is not None:
        click.echo(f"{channel} is now at snapshot {change.snapshot.id}: {counted}", err=True)
