"""``ownconda forge token``: tokens made, listed and revoked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.stopped_forge import database_of
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.tokens import TokenInfo, create_token, revoke_token, token_info, tokens

folder_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Work on the forge in this folder, without asking it: for its operator, who has no token any more.",
)


@click.group(
    "token",
    short_help="Make, list and revoke tokens.",
    epilog="Example: ownconda forge token create nightly --may upload --channel testing",
)
def command() -> None:
    """Make, list and revoke tokens, which are for machines that can't show who they are in another way."""


@command.command(
    "create",
    epilog="""\b
Example:
  ownconda forge token create nightly --may upload --channel testing --name 'own_*'
  ownconda forge token create mirror --may read --expires never""",
)
@click.argument("name")
@click.option("--may", multiple=True, required=True, metavar="ACTION", help="What it is for, such as read or upload.")
@click.option("--channel", "channels", multiple=True, metavar="C", help="Only for this channel; may be a pattern.")
@click.option("--name", "names", multiple=True, metavar="N", help="Only for packages called so; may be a pattern.")
@click.option(
    "--expires", default="90d", show_default=True, metavar="TIME", help="In how many days or hours; or never."
)
@folder_option
@forge_option
@json_option
def create(
    name: str,
    may: tuple[str, ...],
    channels: tuple[str, ...],
    names: tuple[str, ...],
    expires: str,
    folder: Path | None,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Make a token called NAME, and print it this one time.

    Who makes one has to be an administrator, and can give it nothing that they may not do themselves. --may, --channel
    and --name may be repeated.
    """
    from ownconda.access.lifetimes import read_lifetime  # noqa: PLC0415  (so that `--help` stays quick)

    hours = read_lifetime(expires)
    if folder is not None:
        text, told = _created_in(folder, name, may=may, channels=channels, names=names, hours=hours)
    else:
        with forge_client(forge_url) as forge:
            text, told = create_token(forge, name, may=may, channels=channels, names=names, hours=hours)
    if as_json:
        print_json({"token": text, **asdict(told)})
        return
    ends = f"expires {told.expires}" if told.expires else "never expires"
    click.echo(f"the token, printed this one time; it {ends}:", err=True)
    click.echo(text)


def _created_in(
    folder: Path, name: str, *, may: Sequence[str], channels: Sequence[str], names: Sequence[str], hours: int
) -> tuple[str, TokenInfo]:
    from ownconda.access.callers import read_scope  # noqa: PLC0415  (likewise)
    from ownconda.journeys.forge_tokens import add_token  # noqa: PLC0415  (likewise)

    scope = read_scope(may, channels or ("*",), names or ("*",))
    text, token = add_token(folder, token_name=name, scope=scope, hours=hours, database=database_of(folder))
    return text, token_info(token.fields())


@command.command("list", epilog="Example: ownconda forge token list --json")
@folder_option
@forge_option
@json_option
def listed(folder: Path | None, forge_url: str | None, as_json: bool) -> None:
    """List the tokens: what they are for, and until when. What they are themselves, the forge doesn't know."""
    _print(tokens_of(folder, forge_url), as_json=as_json)


def tokens_of(folder: Path | None, forge_url: str | None) -> Sequence[TokenInfo]:
    """Give the tokens of the forge in a folder or, without one, of the forge that is asked."""
    if folder is None:
        with forge_client(forge_url) as forge:
            return tokens(forge)
    from ownconda.journeys.forge_tokens import opened_tokens  # noqa: PLC0415  (likewise)

    with opened_tokens(folder, database_of(folder)) as table:
        return tuple(token_info(one.fields()) for one in table.all())


@command.command("revoke", epilog="Example: ownconda forge token revoke nightly")
@click.argument("name")
@folder_option
@forge_option
@json_option
def revoke(name: str, folder: Path | None, forge_url: str | None, as_json: bool) -> None:
    """Let the tokens called NAME, or the one whose ID it is, be no more. A running forge knows within two seconds."""
    if folder is not None:
        gone = _revoked_in(folder, name)
    else:
        with forge_client(forge_url) as forge:
            gone = revoke_token(forge, name)
    _print(gone, as_json=as_json)


def _revoked_in(folder: Path, name: str) -> Sequence[TokenInfo]:
    from ownconda.journeys.forge_tokens import opened_tokens  # noqa: PLC0415  (likewise)

    with opened_tokens(folder, database_of(folder)) as table:
        gone = table.meant(name)
        table.revoke([token.sha256 for token in gone])
    return tuple(token_info(one.fields()) for one in gone)


def _print(found: Sequence[TokenInfo], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    headings = ("ID", "NAME", "MAY", "CHANNELS", "PACKAGES", "EXPIRES", "MADE BY", "STANDS FOR")
    print_table(headings, [_row(one) for one in found])


def _row(one: TokenInfo) -> tuple[str, ...]:
    lists = (one.may, one.channels, one.names)
    return (
        one.id,
        one.name,
        *(", ".join(some) for some in lists),
        one.expires or "never",
        one.author,
        ", ".join(one.stands_for),
    )


COMMANDS = (command,)
