"""What the commands that speak to a forge share: the option ``--forge`` and the client."""

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from ownconda.cli.renewed_tokens import renew_token
from ownconda.cli.terminal import settings
from ownconda.errors import Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.credentials import credentials_file, stored_token
from ownconda.settings.tree import Settings
from ownconda.wires.http import redacted

forge_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--forge", "forge_url", metavar="URL", help="The forge to speak to, instead of the setting forge.url."
)


def forge_client(url: str | None, *, anonymous: bool = False) -> ForgeClient:
    """Make the client of the forge that is meant: the option's, or the settings'.

    It shows the token of the settings, a job's id token, or what `ownconda login` got, renewed when it is time; or,
    ``anonymous``, none.
    Without any address there is none to speak to. Raises WrongInputError for what is no address.
    """
    chosen = settings()
    address = url or chosen.forge.url
    named = urlsplit(address)
    if address and (named.scheme not in {"http", "https"} or not named.hostname):
        where = Where(file="--forge" if url else "forge.url")
        hint = "for example https://conda.example.org"
        raise WrongInputError(f"{redacted(address)!r} is no address of a forge", where=where, hint=hint)
    token = "" if anonymous else _token(chosen, address)
    return ForgeClient(address, token=token, ca_file=chosen.ca_file)


def _token(chosen: Settings, address: str) -> str:
    given = str(chosen.forge.token) or str(chosen.forge.id_token).strip()
    if given:
        return given
    renew_token(address, chosen)
    return stored_token(credentials_file(os.environ), address)
