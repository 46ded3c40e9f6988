"""What users call a channel, turned into its address."""

import os
from collections.abc import Sequence
from pathlib import Path

from ownconda.settings import Settings


def channel_addresses(given: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Give the addresses of the channels of an option or, without any, of the settings."""
    return tuple(channel_address(channel, settings.forge.url) for channel in given or settings.channels)


def channel_address(channel: str, forge: str) -> str:
    """Turn what a user calls a channel into its address: a bare name is a channel of the forge."""
    if "://" in channel:
        return channel
    if os.sep in channel or channel.startswith((".", "~")):
        return Path(channel).expanduser().resolve().as_uri()
    return f"{forge.rstrip('/')}/conda/{channel}"
