"""``ownconda logout``: the token that `ownconda login` got is no more."""

import os

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.forge_client.credentials import (
    conda_token_file,
    credentials_file,
    forget_conda_token,
    forget_token,
    stored_token,
)
from ownconda.forge_client.logins import forget_login, logins_file

EPILOG = """\b
Example:
  ownconda logout --forge https://conda.example.org"""


@click.command("logout", epilog=EPILOG)
@forge_option
def command(forge_url: str | None) -> None:
    """Log out of a forge: it doesn't know the token any more, and it isn't kept here."""
    file = credentials_file(os.environ)
    with forge_client(forge_url, anonymous=True) as forge:
        token = stored_token(file, forge.url)
        forget_token(file, forge.url)
        forget_conda_token(conda_token_file(os.environ, forge.url))
        forget_login(logins_file(os.environ), forge.url)
        if token:
            forge.end(token)
    click.echo("logged out" if token else "nobody was logged in", err=True)
