"""``ownconda login``: a token of one's own, for this forge, by logging in where the forge believes it."""

import os
import time
from typing import Any

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import settings
from ownconda.errors import WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.credentials import credentials_file, store_token
from ownconda.forge_client.device_login import Prompt, logged_in
from ownconda.wires.http import session

EPILOG = """\b
Example:
  ownconda login --forge https://conda.example.org"""


@click.command("login", epilog=EPILOG)
@forge_option
def command(forge_url: str | None) -> None:
    """Log in to a forge, with a browser on this or any other device.

    The forge says where: an OpenID Connect issuer such as a GitLab. You get a token for half a day, which stands
    for you and your groups. It is kept where pixi, rattler-build and other programs of rattler look for it, too:
    ~/.rattler/credentials.json, or the file that RATTLER_AUTH_FILE names.
    """
    file = credentials_file(os.environ)
    with forge_client(forge_url, anonymous=True) as forge, session(ca_file=settings().ca_file) as web:
        issuer = _issuer(forge)
        id_token = logged_in(issuer["url"], issuer["client_id"], web=web, ask=_ask, wait=time.sleep)
        store_token(file, forge.url, forge.mint(id_token))
    with forge_client(forge_url) as forge:
        click.echo(f"logged in as {visible(forge.ask('GET', 'login')['you'])}; {file} has the token", err=True)


def _issuer(forge: ForgeClient) -> dict[str, Any]:
    issuers: list[dict[str, Any]] = forge.ask("GET", "login")["issuers"]
    if not issuers:
        hint = 'its operator sets access.issuers with kind = "people"; until then ask for a token'
        raise WrongInputError(f"nobody can log in to {forge.url}", hint=hint)
    return issuers[0]


def _ask(prompt: Prompt) -> None:
    click.echo(f"open {visible(prompt.complete or prompt.address)} and enter the code {visible(prompt.code)}", err=True)
