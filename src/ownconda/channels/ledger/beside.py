"""What the ledger knows of files beside packages: installers with their checksums, sources, hosted documentation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from ownconda.channels.ledger.schema import BESIDE
from ownconda.channels.ledger.writing import batches
from ownconda.wires.database import replace_rows, transaction

GONE = ""
"""Stands for the sha256 of a place at which nothing is any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of a place below what clients see: the sha256 of what is there, or that it is `GONE`.

    ``number`` grows with each change in the forge, ``at`` is when it was, in milliseconds since 1970.
    """

    place: str
    sha256: str
    number: int
    at: int


def read_placed(connection: Connection, *, since: int = 0) -> tuple[Placed, ...]:
    """Give what became, after a number, of each place, in the order of the changes."""
    query = select(BESIDE).where(BESIDE.c.number > since).order_by(BESIDE.c.number)
    return tuple(Placed(**row) for row in connection.execute(query).mappings())


def newest_change(connection: Connection) -> int:
    """Give the number of the last change; 0 when there was none."""
    return connection.scalar(select(func.max(BESIDE.c.number))) or 0


def newest_placed(engine: Engine) -> int:
    """Give the number of the last change of what lies beside packages; 0 without one."""
    with transaction(engine) as connection:
        return connection.scalar(select(func.max(BESIDE.c.number))) or 0


def placed(engine: Engine) -> tuple[Placed, ...]:
    """Give what became of every place that ever was."""
    with transaction(engine) as connection:
        return read_placed(connection)


def lying(rows: Iterable[Placed]) -> dict[str, str]:
    """Give the places at which something is, each with its sha256."""
    return {one.place: one.sha256 for one in rows if one.sha256 != GONE}


def note_placed(connection: Connection, places: Mapping[str, str], *, at: int) -> None:
    """Note what is at some places from now on, or that they are `GONE`, in a transaction that writes."""
    newest = newest_change(connection)
    rows: list[dict[str, object]] = [
        {"place": place, "sha256": sha256, "number": number, "at": at}
        for number, (place, sha256) in enumerate(places.items(), newest + 1)
    ]
    for some in batches(rows):
        replace_rows(connection, BESIDE, list(some))
