"""``ownconda login``: a token for this forge, by logging in where the forge believes it, or for a certificate."""

import os
import time
from pathlib import Path
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
  ownconda login --forge https://conda.example.org
  ownconda login --certificate build-7.pem --key build-7.key"""


@click.command("login", epilog=EPILOG)
@forge_option
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show this certificate of the forge's authority, in PEM, instead.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its private key, instead of the .key beside it.",
)
def command(forge_url: str | None, certificate: Path | None, key: Path | None) -> None:
    """Log in to a forge, with a browser on this or any other device, or with a certificate.

    The forge says where: an OpenID Connect issuer such as a GitLab. You get a token for half a day, which stands
    for you and your groups. It is kept where pixi, rattler-build and other programs of rattler look for it, too:
    ~/.rattler/credentials.json, or the file that RATTLER_AUTH_FILE names.

    A certificate is exchanged for a token that lasts some hours. Its key stays here: what is sent is a proof that you
    hold it.
    """
    if key and not certificate:
        raise click.UsageError("--key is the key of a --certificate.")
    with forge_client(forge_url, anonymous=True) as forge:
        if certificate:
            _show_certificate(forge, certificate, key or certificate.with_suffix(".key"))
        else:
            _log_in(forge)


def _show_certificate(forge: ForgeClient, certificate: Path, key: Path) -> None:
    from ownconda.journeys.certificates import proof_for  # noqa: PLC0415  (so that `--help` stays quick)

    file = credentials_file(os.environ)
    given = forge.token_for(proof_for(forge.url, certificate, key))
    store_token(file, forge.url, given.token)
    click.echo(f"{visible(given.name)}: a token until {given.expires}, in {file}", err=True)


def _log_in(forge: ForgeClient) -> None:
    file, issuer = credentials_file(os.environ), _issuer(forge)
    with session(ca_file=settings().ca_file) as web:
        id_token = logged_in(issuer["url"], issuer["client_id"], web=web, ask=_ask, wait=time.sleep)
    store_token(file, forge.url, forge.mint(id_token))
    with forge_client(forge.url) as known:
        click.echo(f"logged in as {visible(known.ask('GET', 'login')['you'])}; {file} has the token", err=True)


def _issuer(forge: ForgeClient) -> dict[str, Any]:
    issuers: list[dict[str, Any]] = forge.ask("GET", "login")["issuers"]
    if not issuers:
        hint = 'its operator sets access.issuers with kind = "people"; until then ask for a token'
        raise WrongInputError(f"nobody can log in to {forge.url}", hint=hint)
    return issuers[0]


def _ask(prompt: Prompt) -> None:
    click.echo(f"open {visible(prompt.complete or prompt.address)} and enter the code {visible(prompt.code)}", err=True)
