"""``ownconda forge revoke``: somebody's tokens ended, and what is left of them."""

import click

from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table


@click.command(
    "revoke",
    short_help="End somebody's tokens; tell what mentions them.",
    epilog="""\b
Example:
  ownconda forge revoke person:ann --dry-run
  ownconda forge revoke 'pipeline:own/zlib*'""",
)
@click.argument("who")
@dry_run_option
@forge_option
@json_option
def revoke(who: str, dry_run: bool, forge_url: str | None, as_json: bool) -> None:
    """End all tokens of WHO: a token's name, or a pattern of whom tokens stand for, such as person:ann.

    What owners of channels allow WHO by this very name ends, too. What WHO may by rules is in the settings of the
    forge, which nobody but you changes: those that still mention WHO are listed. So is what WHO uploaded; `ownconda
    channel yank` and `revert` are for that.
    """
    with forge_client(forge_url) as forge:
        told = forge.ask("POST", "access/revoke", json={"who": who, "dry_run": dry_run})
    if as_json:
        print_json(told)
        return
    verb = "would be revoked" if dry_run else "revoked"
    for token in told["tokens"]:
        click.echo(f"{verb}: the token {visible(token['name'])} ({visible(token['id'])})")
    for channel in told["channels"]:
        click.echo(f"{verb}: what they may in the channel {channel}")
    for setting in told["settings"]:
        click.echo(f"still mentioned in {visible(setting)}")
    if told["uploads"]:
        rows = [
            (str(one["id"]), one["channel"], one["at"], one["author"], str(one["added"])) for one in told["uploads"]
        ]
        print_table(("SNAPSHOT", "CHANNEL", "AT", "UPLOADED BY", "FILES"), rows)
    if not any((told["tokens"], told["channels"], told["settings"], told["uploads"])):
        click.echo(f"nothing is known of {visible(who)}", err=True)


COMMANDS = (revoke,)
