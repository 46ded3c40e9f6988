"""What the commands that speak to a forge share: the option ``--forge`` and the client."""

from collections.abc import Callable
from typing import Any

import click

from ownconda.cli.terminal import settings
from ownconda.forge_client.client import ForgeClient

forge_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--forge", "forge_url", metavar="URL", help="The forge to speak to, instead of the setting forge.url."
)


def forge_client(url: str | None) -> ForgeClient:
    """Make the client of the forge that is meant: the option's, or the settings'."""
    chosen = settings()
    return ForgeClient(url or chosen.forge.url, token=str(chosen.forge.token), ca_file=chosen.ca_file)
