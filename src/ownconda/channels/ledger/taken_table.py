"""Which bytes any process took lately, noted in the ledger's database: for processes without a folder in common."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, ColumnElement, Engine, MetaData, Table, delete, func, select

from ownconda.stores.taken import LATELY
from ownconda.wires.database import NAME, NUMBER, replace_rows, transaction

_METADATA = MetaData()
_TAKEN = Table(
    "taken_lately",
    _METADATA,
    Column("sha256", NAME, primary_key=True),
    Column("at", NUMBER, nullable=False),
)
"""``at`` is in milliseconds since 1970, by the clock of whoever took them; below 0 for what is just being removed."""

LONGEST_REMOVAL = 120_000
"""Milliseconds after which whoever removes something is taken to have died."""

SECONDS_BETWEEN_LOOKS = 0.05


class TakenTable:
    """What was taken within the last hour; whoever would take what is just being removed waits until it is gone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def note(self, sha256: str) -> None:  # noqa: D102  (Arrivals tells)
        while not self._noted(sha256):
            time.sleep(SECONDS_BETWEEN_LOOKS)

    @contextmanager
    def lately(self, sha256: str) -> Iterator[bool]:  # noqa: D102
        with transaction(self._engine, immediate=True) as connection:
            at = connection.scalar(select(_TAKEN.c.at).where(_TAKEN.c.sha256 == sha256))
            taken = at is not None and abs(at) > _now() - LATELY * 1000
            if not taken:
                replace_rows(connection, _TAKEN, [{"sha256": sha256, "at": -_now()}])
        try:  # a store may be slow, and all others wait for whoever writes to the database
            yield taken
        finally:
            if not taken:
                self._forget(_TAKEN.c.sha256 == sha256, _TAKEN.c.at < 0)

    def forget_oldest(self) -> None:  # noqa: D102
        self._forget(func.abs(_TAKEN.c.at) < _now() - LATELY * 1000)

    def _noted(self, sha256: str) -> bool:
        """Note that bytes are taken, unless they are just being removed."""
        with transaction(self._engine, immediate=True) as connection:
            at = connection.scalar(select(_TAKEN.c.at).where(_TAKEN.c.sha256 == sha256))
            if at is not None and at < 0 and -at > _now() - LONGEST_REMOVAL:
                return False
            replace_rows(connection, _TAKEN, [{"sha256": sha256, "at": _now()}])
            return True

    def _forget(self, *which: ColumnElement[bool]) -> None:
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(delete(_TAKEN).where(*which))


def _now() -> int:
    return time.time_ns() // 1_000_000
