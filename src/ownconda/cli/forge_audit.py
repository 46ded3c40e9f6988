"""``ownconda forge audit``: who did what, and what was refused to whom."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.audit import AuditInfo
from ownconda.forge_client.audit import audit as audit_of


@click.command(
    "audit",
    short_help="Tell who did what, and what was refused.",
    epilog="Example: ownconda forge audit --since 2026-11-01 --who 'own/*'",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on (UTC).")
@click.option("--who", default="**", metavar="NAME", help="Only what this one did; may be a pattern.")
@forge_option
@json_option
def audit(since: datetime | None, who: str, forge_url: str | None, as_json: bool) -> None:
    """Tell what happened to the forge's tokens, channels and requests, in order of time; at most the last 1000.

    There are tokens that were made, revoked, and used from a new address; requests that were refused, the same one
    once an hour and at most a hundred in all; and the history of all channels.
    """
    begin = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    with forge_client(forge_url) as forge:
        found = audit_of(forge, since=begin, who=who)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(("AT", "WHO", "FROM", "DID", "WHAT"), [_row(one) for one in found])


def _row(one: AuditInfo) -> tuple[str, ...]:
    missed = f" ({one.missed} more refusals weren't noted)" if one.missed else ""
    return (one.at, one.who, one.address, one.kind, one.what + missed)


COMMANDS = (audit,)
