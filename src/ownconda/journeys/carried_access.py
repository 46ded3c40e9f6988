"""What goes along of access with a forge's history: who may what in channels that people made, and whose names are.

Tokens, rules, certificates and the audit log stay where they are: each site has its own.
"""

import functools
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from ownconda.access.first_come import FirstCome, brought_rows, write_brought
from ownconda.access.own_channel_table import OwnChannelTable, own_channel_rows, write_own_channels
from ownconda.channels.channels import Channels
from ownconda.channels.ledger.first_authors import first_authors
from ownconda.channels.ledger.writing import Also
from ownconda.channels.transfers.transfer import Transfer

_Rows = Mapping[str, tuple[Mapping[str, Any], ...]]


def access_along(engine: Engine, transfer: Transfer) -> _Rows:
    """Give what goes along with a transfer, by the names that `taking_access` knows, of an open forge."""
    names = {path.partition("/")[2].rsplit("-", 2)[0] for path in transfer.files}
    return own_channel_rows(engine, [one.channel for one in transfer.stretches]) | {
        "names": brought_rows(engine, names)
    }


def taking_access(channels: Channels, transfer: Transfer) -> Also:
    """Give what takes it in, for the transaction that takes the transfer."""
    engine = channels.ledger.engine
    OwnChannelTable(engine, channels.now)  # whose tables have to be there, and what they have of older history
    FirstCome(engine, functools.partial(first_authors, engine))
    access, led = transfer.standing.access, _led(transfer)

    def take(connection: Connection) -> None:
        write_own_channels(connection, led, access.get("channels", ()), access.get("grants", ()))
        write_brought(connection, access.get("names", ()))

    return take


def _led(transfer: Transfer) -> Collection[str]:
    return [one.channel for one in transfer.stretches]
