"""What users call a channel, turned into its address."""

import os
from collections.abc import Sequence
from pathlib import Path

from ownconda.settings import Settings


def channel_addresses(given: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Give the addresses of the channels of an option or, without any, of the settings."""
    return tuple(channel_address(channel, settings.forge.url) for channel in given or settings.channels)


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
    return Path(channel).expanduser().resolve().as_uri()
