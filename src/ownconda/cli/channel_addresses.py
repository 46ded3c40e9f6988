"""What users call a channel, turned into its address."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ownconda.cli.renewed_tokens import renew_token
from ownconda.errors import Problem, WrongInputError
from ownconda.settings.tree import Settings
from ownconda.wires.http import redacted


def channel_addresses(given: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Give the addresses of the channels of an option or, without any, of the settings, with good tokens for them."""
    addresses = tuple(channel_address(channel, settings.forge.url) for channel in given or settings.channels)
    for address in addresses:
        renew_token(address, settings)
    return addresses


def check_inside(addresses: Sequence[str], settings: Settings) -> None:
    """Raise WrongInputError for channels that an offline build mayn't ask: neither folders nor on the forge."""
    forge = urlsplit(settings.forge.url)
    parts = [(address, urlsplit(address)) for address in addresses]
    outside = [address for address, one in parts if one.scheme != "file" and one.netloc != forge.netloc]
    if outside:
        hint = "give folders, or channels of the forge (forge.url)"
        raise WrongInputError.of(
            Problem(what=f"the channel {redacted(address)} is outside, and mayn't be asked (offline)", hint=hint)
            for address in outside
        )


def channel_address(channel: str, forge: str) -> str:
    """Turn what a user calls a channel into its address: a bare name is a channel of the forge.

    A slash at the end, which completion adds, makes no folder of a name unless there is such a folder.
    """
    if "://" in channel:
        return channel
    name = channel.rstrip(os.sep)
    bare = name and os.sep not in name and not name.startswith((".", "~"))
    if bare and (name == channel or not Path(channel).is_dir()):
        return f"{forge.rstrip('/')}/conda/{name}"
    return Path(os.path.realpath(os.path.expanduser(channel))).as_uri()  # noqa: PTH111  (a Path's own may raise)
