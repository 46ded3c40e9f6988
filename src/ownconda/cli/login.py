"""``ownconda login``: a token for a certificate, kept where clients look for it."""

import os
from pathlib import Path

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.forge_client.credentials import credentials_file, store_token


@click.command("login", epilog="Example: ownconda login --certificate build-7.pem --key build-7.key")
@forge_option
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="A certificate of the forge's authority, in PEM.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its private key, instead of the .key beside it.",
)
def command(forge_url: str | None, certificate: Path, key: Path | None) -> None:
    """Exchange a certificate for a token that lasts some hours.

    The key stays here: what is sent is a proof that you hold it. The token is written to rattler's file of credentials
    (`RATTLER_AUTH_FILE`, or ~/.rattler/credentials.json), where pixi, rattler-build and ownconda itself find it.
    """
    from ownconda.journeys.certificates import proof_for  # noqa: PLC0415  (so that `--help` stays quick)

    file = credentials_file(os.environ)
    with forge_client(forge_url, anonymous=True) as forge:
        given = forge.token_for(proof_for(forge.url, certificate, key or certificate.with_suffix(".key")))
        store_token(file, forge.url, given.token)
    click.echo(f"{given.name}: a token until {given.expires}, in {file}", err=True)
