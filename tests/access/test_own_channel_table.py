"""Channels that people made, as two processes know them."""

from pathlib import Path

from ownconda.access.own_channel_table import OwnChannelTable
from ownconda.access.own_channels import OwnChannel
from ownconda.wires.database import open_database, transaction


def test_who_gives_to_everybody_knows_at_once_what_another_process_made(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "ledger.sqlite")
    one, other = (OwnChannelTable(engine, lambda: 0) for _ in range(2))
    assert other.all() == {}
    with transaction(engine, immediate=True) as connection:
        one.add(connection, OwnChannel(name="secret", private=True, grants=()), by="ann")
    assert other.all_now()["secret"].private
    engine.dispose()
