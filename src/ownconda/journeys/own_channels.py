"""Channels that people made in a forge whose folder is at hand."""

from collections.abc import Collection, Mapping
from pathlib import Path

from ownconda.access.own_channel_table import OwnChannelTable
from ownconda.access.own_channels import NO_CHANNELS, OwnChannel
from ownconda.channels.folder import forge_folder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.opening import checked_place, milliseconds


def own_channels_in(folder: Path, settled: Collection[str], database: str = "") -> Mapping[str, OwnChannel]:
    """Give the channels that people made, but for those that settings name; none where there is no forge yet."""
    there = forge_folder(folder, database)
    if not there.is_there:
        return NO_CHANNELS
    ledger = open_ledger(checked_place(there).ledger_place)
    try:
        return OwnChannelTable(ledger.engine, milliseconds, settled=settled).all()
    finally:
        ledger.close()
