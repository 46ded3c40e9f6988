"""Which changes of channels were announced, and to whom: so that nobody is told twice."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, select

from ownconda.channels.ledger.schema import ANNOUNCEMENTS
from ownconda.wires.database import insert_into, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What leads a channel from its snapshot ``before`` to ``after`` was told to ``targets``, which are checksums."""

    channel: str
    before: int
    after: int
    targets: tuple[str, ...] = ()


def announced(engine: Engine, channel: str, before: int, after: int) -> Announced:
    """Tell to whom a change was announced."""
    same = (ANNOUNCEMENTS.c.channel == channel) & (ANNOUNCEMENTS.c.before == before) & (ANNOUNCEMENTS.c.after == after)
    with transaction(engine) as connection:
        targets = connection.scalars(select(ANNOUNCEMENTS.c.target).where(same).order_by(ANNOUNCEMENTS.c.target))
        return Announced(channel=channel, before=before, after=after, targets=tuple(targets))


def note_announced(engine: Engine, change: Announced, *, author: str, at: int) -> None:
    """Note to whom a change was announced; again is fine."""
    facts = {"channel": change.channel, "before": change.before, "after": change.after, "author": author, "at": at}
    rows: Collection[dict[str, object]] = [{**facts, "target": target} for target in change.targets]
    with transaction(engine, immediate=True) as connection:
        for row in rows:
            connection.execute(insert_into(connection, ANNOUNCEMENTS).values(row).on_conflict_do_nothing())
