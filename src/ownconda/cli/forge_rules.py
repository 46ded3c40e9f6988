"""``ownconda forge may``, ``rules``: who may what, and why."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownconda.cli import terminal
from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.forge_tokens import folder_option, tokens_of
from ownconda.cli.plain_text import visible
from ownconda.cli.stopped_forge import database_of
from ownconda.cli.terminal import print_json, print_table
from ownconda.errors import WrongInputError
from ownconda.exit_codes import DONE, NO
from ownconda.settings.loading import load

if TYPE_CHECKING:
    from ownconda.access.access import Access
    from ownconda.access.bringing import Named
    from ownconda.access.callers import Caller
    from ownconda.access.explaining import Explanation
    from ownconda.access.own_channels import OwnChannel
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
    asked of the forge; with --forge or --folder, so is what owners of channels allow. With --forge, what
    speaks against a name is, too: who brought it first, and what a base lists. The exit code is 1 when they may not.
    """
    from ownconda.access.actions import read_action  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.access.explaining import explain, read_caller  # noqa: PLC0415  (likewise)

    asked, kind = read_action(action), who.partition(":")[0]
    if kind == "token":
        caller = _token_caller(who.partition(":")[2], address, tokens_of(folder, forge_url))
    else:
        caller = read_caller(who, groups=groups, address=address, protected=protected, environment=environment)
    named = _named(channel, name, forge_url) if channel and name and forge_url else None
    found = explain(_access(folder, forge_url), caller, asked, channel=channel, name=name, named=named)
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


def _access(folder: Path | None, forge_url: str | None) -> "Access":
    from ownconda.access.rule_settings import read_access  # noqa: PLC0415  (likewise)

    settings = load(folder.absolute(), os.environ) if folder else terminal.settings()
    said, own = settings.access, _own_channels(folder, forge_url, settings.forge.channels)
    access = read_access({name: asdict(one) for name, one in said.rules.items()}, said.names)
    return replace(access, own=lambda: own)


def _named(channel: str, name: str, forge_url: str) -> "Named":
    from ownconda.access.bringing import Named  # noqa: PLC0415  (likewise)
    from ownconda.forge_client.own_channels import first_and_base  # noqa: PLC0415  (likewise)

    with forge_client(forge_url) as forge:
        first, base = first_and_base(forge, channel, name)
    return Named(name=name, channel=channel, first=first, base=base)


def _own_channels(folder: Path | None, forge_url: str | None, settled: Collection[str]) -> "Mapping[str, OwnChannel]":
    """Give the channels that people made, where a forge is named that can be asked."""
    from ownconda.access.grant_texts import read_grant  # noqa: PLC0415  (likewise)
    from ownconda.access.own_channels import OwnChannel  # noqa: PLC0415  (likewise)
    from ownconda.forge_client.own_channels import all_granted  # noqa: PLC0415  (likewise)
    from ownconda.journeys.own_channels import own_channels_in  # noqa: PLC0415  (likewise)

    if folder is not None:
        return own_channels_in(folder, settled, database_of(folder))
    if forge_url is None:
        return {}
    with forge_client(forge_url) as forge:
        told = all_granted(forge)
    return {
        one.channel: OwnChannel(
            name=one.channel,
            private=one.private,
            grants=tuple(read_grant(who, may) for who, may in one.granted.items()),
        )
        for one in told
    }


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
        "against": found.against,
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
    if found.against:
        click.echo(f"  {visible(found.against)}")
    if found.claim:
        whose = "not theirs" if found.foreign else "as access.names says"
        owners = ", ".join(found.claim.owners)
        click.echo(f"  the name {visible(found.question.name)} belongs to {visible(owners)}: {whose}")


@click.command(
    "rules", short_help="Print who may what, and whose names are whose.", epilog="Example: ownconda forge rules --json"
)
@folder_option
@forge_option
@json_option
def rules(folder: Path | None, forge_url: str | None, as_json: bool) -> None:
    """Print the whole table of rules, as the settings here (or those of the forge in --folder) have it.

    With --folder or --forge, also what owners of channels allow there.
    """
    access = _access(folder, forge_url)
    own = access.own().values()
    if as_json:
        print_json(
            {
                "rules": {rule.name: _rule_fields(rule) for rule in access.rules},
                "names": {claim.pattern: list(claim.owners) for claim in access.claims},
                "channels": {
                    one.name: {
                        "private": one.private,
                        "granted": {grant.who: sorted(grant.may) for grant in one.grants},
                    }
                    for one in own
                },
            }
        )
        return
    print_table(("RULE", "WHO", "MAY", "CHANNELS", "PACKAGES", "ONLY"), [_rule_row(rule) for rule in access.rules])
    if access.claims:
        click.echo()
        print_table(("NAME", "BELONGS TO"), [(one.pattern, ", ".join(one.owners)) for one in access.claims])
    if own:
        click.echo()
        print_table(("CHANNEL", "", "WHO", "MAY"), [row for one in own for row in _own_rows(one)])


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


def _own_rows(channel: "OwnChannel") -> Iterator[tuple[str, ...]]:
    reading = "private" if channel.private else "public"
    for grant in channel.grants:
        yield (channel.name, reading, visible(grant.who), ", ".join(sorted(grant.may)))


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
