"""What the commands that change a channel share: their options, and how a change is told."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from ownconda.cli.forge_options import forge_client
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json
from ownconda.forge_client.answers import ChangeInfo

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
dry_run_option: Option = click.option("--dry-run", is_flag=True, help="Only tell what would change.")
reason_option: Option = click.option("--reason", default="", help="Why; it stays in the channel's history.")


def carry_out(channel: str, verb: str, *, forge_url: str | None, dry_run: bool, as_json: bool, **body: object) -> None:
    """Let the forge change a channel, or only tell what that would do, and print it."""
    with forge_client(forge_url) as forge:
        change = forge.act(channel, verb, dry_run=dry_run, **body)
    print_change(change, as_json=as_json)
    sum_up(change, channel, dry_run=dry_run)


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
