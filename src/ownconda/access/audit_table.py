"""The audit log in a table of the forge's database."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    RowMapping,
    Table,
    Text,
    delete,
    insert,
    select,
)

from ownconda.access.audit import AuditLine, Kind, Throttle
from ownconda.errors import OutsideError
from ownconda.wires.database import NAME, NUMBER, transaction

MOST_REFUSALS = 100
MOST_USES = 10_000
"""Lines an hour."""

DAYS_OF_REFUSALS = 90
_MILLISECONDS_A_DAY = 86_400_000
_LONGEST = 500

_METADATA = MetaData()
_AUDIT = Table(
    "access_audit",
    _METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("at", NUMBER, nullable=False, index=True),
    Column("kind", NAME, nullable=False),
    Column("who", NAME, nullable=False),
    Column("what", Text, nullable=False),
    Column("address", NAME, nullable=False),
    Column("missed", NUMBER, nullable=False),
)


class AuditTable:
    """The audit log of a forge; its methods may be called from any thread."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._clock = clock
        self._refusals = Throttle(MOST_REFUSALS)
        self._uses = Throttle(MOST_USES)
        with transaction(engine, immediate=True) as connection:
            create(connection)

    def refused(self, who: str, what: str, *, address: str) -> None:
        """Note that a request was refused, unless the same was within the hour, or too many were."""
        now = self._clock()
        missed = self._refusals.admit((who, what, address), now)
        if missed is None:
            return
        line = AuditLine(at=now, kind=Kind.REFUSED, who=who, what=what, address=address, missed=missed)
        with transaction(self._engine, immediate=True) as connection:
            old = now - DAYS_OF_REFUSALS * _MILLISECONDS_A_DAY
            connection.execute(delete(_AUDIT).where(_AUDIT.c.kind == Kind.REFUSED, _AUDIT.c.at < old))
            note(connection, line)

    def did(self, kind: Kind, who: str, what: str, *, address: str) -> None:
        """Note what somebody did. Raises OutsideError when the disk refuses."""
        with transaction(self._engine, immediate=True) as connection:
            note(connection, AuditLine(at=self._clock(), kind=kind, who=who, what=what, address=address))

    def used(self, who: str, token: str, *, address: str) -> None:
        """Note that a token (its id) is used from an address, if it never was before.

        What the disk refuses isn't noted: whoever only reads has to be answered all the same.
        """
        now = self._clock()
        missed = self._uses.admit((token, address), now)
        if missed is not None:
            with suppress(OutsideError):
                self._note_first_use(who, token, address, now)

    def lines(self, since: int = 0, *, limit: int) -> Sequence[AuditLine]:
        """Give what happened since a time, the oldest first: the newest ones, if they are too many."""
        newest = select(_AUDIT).where(_AUDIT.c.at >= since).order_by(_AUDIT.c.id.desc()).limit(limit)
        with transaction(self._engine) as connection:
            rows = connection.execute(newest).mappings().all()
        return tuple(map(_line, reversed(rows)))

    def _note_first_use(self, who: str, token: str, address: str, now: int) -> None:
        same = (_AUDIT.c.kind == Kind.FIRST_USE, _AUDIT.c.what == token, _AUDIT.c.address == address)
        with transaction(self._engine) as connection:
            known = connection.scalar(select(_AUDIT.c.id).where(*same).limit(1))
        if known is None:
            with transaction(self._engine, immediate=True) as connection:
                note(connection, AuditLine(at=now, kind=Kind.FIRST_USE, who=who, what=token, address=address))


def create(connection: Connection) -> None:
    """Make the table if it isn't there."""
    _METADATA.create_all(connection)


def note(connection: Connection, line: AuditLine) -> None:
    """Note what happened in the transaction that lets it happen."""
    told = {"who": line.who[:_LONGEST], "what": line.what[:_LONGEST], "address": line.address, "missed": line.missed}
    connection.execute(insert(_AUDIT).values(at=line.at, kind=line.kind.value, **told))


def _line(row: RowMapping) -> AuditLine:
    return AuditLine(
        at=row["at"],
        kind=Kind(row["kind"]),
        who=row["who"],
        what=row["what"],
        address=row["address"],
        missed=row["missed"],
    )
