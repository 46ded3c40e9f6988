"""Which bytes any process took lately, noted in the ledger's database: for processes without a folder in common."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Engine, MetaData, Table, delete, select

from ownconda.stores.taken import LATELY
from ownconda.wires.database import NAME, NUMBER, replace_rows, transaction

_METADATA = MetaData()
_TAKEN = Table(
    "taken_lately",
    _METADATA,
    Column("sha256", NAME, primary_key=True),
    Column("at", NUMBER, nullable=False),
)
"""``at`` is in milliseconds since 1970, by the clock of whoever took them."""


class TakenTable:
    """What was taken within the last hour; who writes to the database does so alone, so nobody takes any meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def note(self, sha256: str) -> None:  # noqa: D102  (Arrivals tells)
        with transaction(self._engine, immediate=True) as connection:
            replace_rows(connection, _TAKEN, [{"sha256": sha256, "at": _now()}])

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:  # noqa: D102
        with transaction(self._engine, immediate=True) as connection:
            at = connection.scalar(select(_TAKEN.c.at).where(_TAKEN.c.sha256 == sha256))
            yield at is not None and at > _now() - LATELY * 1000

    def forget_oldest(self) -> None:  # noqa: D102
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(delete(_TAKEN).where(_TAKEN.c.at < _now() - LATELY * 1000))


def _now() -> int:
    return time.time_ns() // 1_000_000
