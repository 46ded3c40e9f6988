"""How many bytes everybody brought today, in a table of the forge's database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Engine, MetaData, Table, delete, select, update

from ownconda.wires.database import NAME, NUMBER, replace_rows, transaction

MILLISECONDS_A_DAY = 86_400_000

_METADATA = MetaData()
_SPENT = Table(
    "access_spent",
    _METADATA,
    Column("who", NAME, primary_key=True),
    Column("day", NUMBER, nullable=False),
    Column("bytes", NUMBER, nullable=False),
    Column("most", NUMBER, nullable=False),
)
"""``day`` counts from 1970; ``most`` is what the caller might bring on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """The bytes that somebody brought in a day, and how many they might."""

    who: str
    used: int
    most: int


class SpendingTable:
    """What a forge's callers brought today; its methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def spend(self, who: str, size: int, *, most: int, now: int) -> bool:
        """Note that somebody brings some bytes, unless that makes more than ``most`` in a day (UTC)."""
        day = now // MILLISECONDS_A_DAY
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(delete(_SPENT).where(_SPENT.c.day != day))
            used = connection.scalar(select(_SPENT.c.bytes).where(_SPENT.c.who == who)) or 0
            if used + size > most:
                return False
            row = {"who": who, "day": day, "bytes": used + size, "most": most}
            replace_rows(connection, _SPENT, [row])
        return True

    def give_back(self, who: str, size: int, *, now: int) -> None:
        """Take back what was noted today, since nothing came of it."""
        same = (_SPENT.c.who == who, _SPENT.c.day == now // MILLISECONDS_A_DAY, _SPENT.c.bytes >= size)
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(update(_SPENT).where(*same).values(bytes=_SPENT.c.bytes - size))

    def today(self, now: int) -> Sequence[Spent]:
        """Give what was brought today, the most first."""
        query = select(_SPENT).where(_SPENT.c.day == now // MILLISECONDS_A_DAY)
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(_SPENT.c.bytes.desc(), _SPENT.c.who)).all()
        return [Spent(who=row.who, used=row.bytes, most=row.most) for row in rows]
