"""Whether a forge leads, or follows another one whose history it has: then nobody else may write to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ownconda.channels.ledger.schema import FOLLOWING
from ownconda.errors import ConflictError
from ownconda.wires.database import transaction


class FollowingError(ConflictError):
    """The forge follows another one, which alone may be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The leader's address (empty: its history comes on media), and which of its channels are followed (none: all).

    ``at`` is when what was taken last was made there, in milliseconds since 1970; ``beside`` is the leader's number of
    the last change beside packages that was taken.
    """

    url: str = ""
    channels: tuple[str, ...] = ()
    at: int = 0
    beside: int = 0


def following(engine: Engine) -> Following | None:
    """Tell whom a forge follows; None when it leads."""
    with transaction(engine) as connection:
        return read_following(connection)


def leads(engine: Engine) -> bool:
    """Tell whether a forge follows nobody."""
    return following(engine) is None


def read_following(connection: Connection) -> Following | None:
    """Tell it within a transaction."""
    row = connection.execute(select(FOLLOWING).where(FOLLOWING.c.one == 1)).mappings().first()
    if row is None:
        return None
    return Following(url=row["url"], channels=tuple(json.loads(row["channels"])), at=row["at"], beside=row["beside"])


def check_leads(connection: Connection) -> None:
    """Check that a forge's own acts may write to its ledger. Raises FollowingError."""
    told = read_following(connection)
    if told is not None:
        raise follows(told)


def follows(told: Following) -> FollowingError:
    """Say that a forge follows another one."""
    hint = "`ownconda forge take-over` lets it lead, when the other one is lost"
    if told.url:
        return FollowingError(
            f"this forge follows {told.url}, and takes nothing itself", hint=f"ask {told.url}; {hint}"
        )
    return FollowingError("this forge has its history from media, and takes nothing itself", hint=hint)


def note_following(connection: Connection, told: Following) -> None:
    """Note whom a forge follows, and up to when."""
    connection.execute(delete(FOLLOWING))
    row = {"url": told.url, "channels": json.dumps(told.channels), "at": told.at, "beside": told.beside}
    connection.execute(insert(FOLLOWING).values(one=1, **row))


def want_all_beside(engine: Engine) -> None:
    """Let the leader tell again of all that lies beside packages, if there is one: something was lost here."""
    with transaction(engine, immediate=True) as connection:
        connection.execute(update(FOLLOWING).values(beside=0))


def follow(engine: Engine, url: str, channels: Sequence[str] = ()) -> None:
    """Let a forge follow the one at an address from now on."""
    with transaction(engine, immediate=True) as connection:
        before = read_following(connection)
        note_following(connection, Following(url=url, channels=tuple(channels), at=before.at if before else 0))


def take_over(engine: Engine) -> Following | None:
    """Let a forge lead from now on; tell whom it followed until now."""
    with transaction(engine, immediate=True) as connection:
        before = read_following(connection)
        connection.execute(delete(FOLLOWING))
        return before
