"""Channels that were made while a forge ran, in its ledger: what their charters say."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from ownconda.channels.charters import Charter
from ownconda.channels.ledger.schema import CHANNELS, MADE
from ownconda.channels.ledger.writing import insert_channels
from ownconda.errors import ConflictError
from ownconda.wires.database import transaction


def make_channel(engine: Engine, charter: Charter, *, author: str, at: int, also: Callable[[Connection], None]) -> None:
    """Make an empty channel, and what ``also`` notes in the same transaction. Raises ConflictError if there is one."""
    try:
        with transaction(engine, immediate=True) as connection:
            position = connection.scalar(select(func.count()).select_from(CHANNELS)) or 0
            insert_channels(connection, [charter.name], position=position, at=at, author=author)
            connection.execute(insert(MADE).values(name=charter.name, base=charter.base))
            also(connection)
    except IntegrityError as error:
        raise ConflictError(f"there is a channel {charter.name!r} already", hint="choose another name") from error


def made_charters(engine: Engine) -> tuple[Charter, ...]:
    """Give what the channels are for that were made while the forge ran."""
    with transaction(engine) as connection:
        return tuple(Charter(name=row.name, base=row.base) for row in connection.execute(select(MADE)))
