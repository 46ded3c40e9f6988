"""``ownconda forge may``, ``rules``: who may what, and why."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownconda.cli import terminal
from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_option
from ownconda.cli.forge_tokens import folder_option, tokens_of
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table
from ownconda.errors import WrongInputError
from ownconda.exit_codes import DONE, NO
from ownconda.settings import load

if TYPE_CHECKING:
    from ownconda.access.access import Access
    from ownconda.access.callers import Caller
    from ownconda.access.explaining import Explanation
    from ownconda.access.rules import Rule
    from ownconda.forge_client.tokens import TokenInfo


@click.command(
    "may",
    short_help="Tell whether somebody may do something, and why.",
    epilog="""\b
Example:
  ownconda forge may pipeline:own/zlib@main upload testing own_zlib --protected
  ownconda forge may person:ann promote stable --group packagers
  ownconda forge may token:nightly upload testing""",
)
@click.argument("who")
@click.argument("action")
@click.argument("channel", default="")
@click.argument("name", default="")
@click.option("--group", "groups", multiple=True, help="A group that they are in; may be repeated.")
@click.option("--protected", is_flag=True, help="The pipeline is of a protected ref.")
@click.option("--environment", default="", help="What the pipeline's job is for.")
@click.option("--from", "address", default="", metavar="ADDRESS", help="The address that they call from.")
@folder_option
@forge_option
@json_option
def may(
    who: str,
    action: str,
    channel: str,
    name: str,
    groups: tuple[str, ...],
    protected: bool,
    environment: str,
    address: str,
    folder: Path | None,
    forge_url: str | None,
    as_json: bool,
) -> int:
    """Tell whether WHO may do ACTION in CHANNEL, with packages called NAME, and why.

    The rules are those of the settings here, or of the forge in --folder; nobody has to exist. What a token is for is
    asked of the forge. The exit code is 1 when they may not.
    """
    from ownconda.access.actions import read_action  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.access.explaining import explain, read_caller  # noqa: PLC0415  (likewise)

    asked, kind = read_action(action), who.partition(":")[0]
    if kind == "token":
        caller = _token_caller(who.partition(":")[2], address, tokens_of(folder, forge_url))
    else:
        caller = read_caller(who, groups=groups, address=address, protected=protected, environment=environment)
    found = explain(_access(folder), caller, asked, channel=channel, name=name)
    if as_json:
        print_json(_fields(who, found))
    else:
        _print_explanation(who, found)
    return DONE if found.allowed else NO


def _token_caller(name: str, address: str, tokens: "Sequence[TokenInfo]") -> "Caller":
    from ownconda.access.callers import Caller, read_scope  # noqa: PLC0415  (likewise)

    token = next((one for one in tokens if name in {one.name, one.id}), None)
    if token is None:
        raise WrongInputError(f"there is no token {name!r}", hint="`ownconda forge token list` shows them")
    scope = read_scope(token.may, token.channels, token.names)
    return Caller(
        name=token.name,
        principals=frozenset(token.stands_for or {f"token:{token.name}"}),
        address=address,
        protected=token.protected,
        environment=token.environment,
        grant=None if token.stands_for else scope,
        limit=scope if token.stands_for else None,
    )


def _access(folder: Path | None) -> "Access":
    from ownconda.access.rule_settings import read_access  # noqa: PLC0415  (likewise)

    said = (load(folder.absolute(), os.environ) if folder else terminal.settings()).access
    return read_access({name: asdict(one) for name, one in said.rules.items()}, said.names)


def _fields(who: str, found: "Explanation") -> dict[str, Any]:
    return {
        "who": who,
        "action": found.question.action,
        "channel": found.question.channel,
        "name": found.question.name,
        "allowed": found.allowed,
        "by": found.decision.by,
        "lacks": [{"what": what, "why": why} for what, why in found.decision.lacks],
        "owners": list(found.claim.owners) if found.claim else None,
        "foreign": found.foreign,
    }


def _print_explanation(who: str, found: "Explanation") -> None:
    verdict = "may" if found.allowed else "may not"
    click.echo(f"{visible(who)} {verdict} {visible(str(found.question))}")
    if found.decision.allowed:
        click.echo(f"  allowed by {visible(found.decision.by)}")
    for what, why in found.decision.lacks:
        click.echo(f"  {visible(what)} {visible(why)}")
    if not found.decision.allowed and not found.decision.lacks:
        click.echo("  no rule is about them")
    if found.claim:
        whose = "not theirs" if found.foreign else "as access.names says"
        owners = ", ".join(found.claim.owners)
        click.echo(f"  the name {visible(found.question.name)} belongs to {visible(owners)}: {whose}")


@click.command(
    "rules", short_help="Print who may what, and whose names are whose.", epilog="Example: ownconda forge rules --json"
)
@folder_option
@json_option
def rules(folder: Path | None, as_json: bool) -> None:
    """Print the whole table of rules, as the settings here (or those of the forge in --folder) have it."""
    access = _access(folder)
    if as_json:
        print_json(
            {
                "rules": {rule.name: _rule_fields(rule) for rule in access.rules},
                "names": {claim.pattern: list(claim.owners) for claim in access.claims},
            }
        )
        return
    print_table(("RULE", "WHO", "MAY", "CHANNELS", "PACKAGES", "ONLY"), [_rule_row(rule) for rule in access.rules])
    if access.claims:
        click.echo()
        print_table(("NAME", "BELONGS TO"), [(one.pattern, ", ".join(one.owners)) for one in access.claims])


def _rule_fields(rule: "Rule") -> dict[str, Any]:
    return {
        "who": list(rule.who),
        "may": sorted(rule.scope.may),
        "channels": list(rule.scope.channels),
        "names": list(rule.scope.names),
        "protected": rule.protected,
        "environments": list(rule.environments),
        "networks": list(rule.networks),
    }


def _rule_row(rule: "Rule") -> tuple[str, ...]:
    only = [
        *(["protected refs"] if rule.protected else []),
        *([f"environments {', '.join(rule.environments)}"] if rule.environments else []),
        *([f"from {', '.join(rule.networks)}"] if rule.networks else []),
    ]
    scope = rule.scope
    lists = (rule.who, sorted(scope.may), scope.channels, scope.names)
    return (rule.name, *(", ".join(one) for one in lists), "; ".join(only))


COMMANDS = (may, rules)
