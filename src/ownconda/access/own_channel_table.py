"""Channels that people made, and what is granted in them, in tables of the forge's database."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Engine, MetaData, Table, Text, delete, insert, select

from ownconda.access import audit_table
from ownconda.access.actions import Action, read_action
from ownconda.access.audit import AuditLine, Kind
from ownconda.access.own_channels import Grant, OwnChannel
from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.database import NAME, transaction

SECONDS_KNOWN = 2.0
"""How long it is believed to be as it was: another process may have changed it."""

_METADATA = MetaData()
_CHANNELS = Table(
    "access_channels",
    _METADATA,
    Column("name", NAME, primary_key=True),
    Column("private", Boolean, nullable=False),
)
_GRANTS = Table(
    "access_grants",
    _METADATA,
    Column("channel", NAME, primary_key=True),
    Column("who", NAME, primary_key=True),
    Column("may", Text, nullable=False),
)
"""``may`` is JSON."""


class OwnChannelTable:
    """The channels that people made; its methods may be called from any thread.

    Those in ``settled``, which the settings name, are none: settings say who may what there. ``known`` tells how many
    channels this process knows: when it has learnt of another one, which may be private, the table is read at once.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        *,
        settled: Collection[str] = (),
        known: Callable[[], int] = lambda: 0,
    ) -> None:
        self._engine = engine
        self._count = known
        self._counted = -1
        self._clock = clock
        self._settled = frozenset(settled)
        self._known: tuple[float, Mapping[str, OwnChannel]] | None = None
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)
            audit_table.create(connection)

    def all(self) -> Mapping[str, OwnChannel]:
        """Give all of them by name, as they were within the last two seconds, or when the database was there last.

        Who downloads needs no database, and while it is away nobody can change what is allowed. Raises OutsideError
        when it never was there.
        """
        now, known, count = time.monotonic(), self._known, self._count()
        if known is None or count != self._counted:
            known = now, self._read()
            self._counted = count
        elif now - known[0] >= SECONDS_KNOWN:
            with suppress(OutsideError):
                known = now, self._read()
        self._known = known
        return known[1]

    def all_now(self) -> Mapping[str, OwnChannel]:
        """Give all of them as they are: what is given away to everybody can't be taken back. Raises OutsideError."""
        return self._read()

    def one(self, name: str) -> OwnChannel:
        """Give one of them. Raises WrongInputError for a channel that settings name."""
        found = self._read().get(name)
        if found is None:
            hint = "access.rules in the forge's settings say who may what there"
            raise WrongInputError(f"nobody made the channel {name!r} while the forge ran", hint=hint)
        return found

    def add(self, connection: Connection, channel: OwnChannel, *, by: str) -> None:
        """Note a channel in the transaction that makes it; `refresh` lets it be known."""
        connection.execute(insert(_CHANNELS).values(name=channel.name, private=channel.private))
        for grant in channel.grants:
            connection.execute(insert(_GRANTS).values(_row(channel.name, grant)))
        reading = "private" if channel.private else "public"
        owners = ", ".join(grant.who for grant in channel.grants)
        self._note(connection, Kind.CHANNEL_MADE, by, f"{channel.name}: {reading}, owned by {owners}")

    def allow(self, channel: str, grant: Grant, *, by: str) -> None:
        """Let somebody do more in a channel."""
        self._change(channel, grant, by=by, kind=Kind.GIVEN, may=lambda before: before | grant.may)

    def disallow(self, channel: str, grant: Grant, *, by: str) -> None:
        """Let somebody do less in a channel: without any actions, nothing any more."""
        self._change(
            channel,
            grant,
            by=by,
            kind=Kind.TAKEN,
            may=lambda before: before - grant.may if grant.may else frozenset(),
        )

    def refresh(self) -> None:
        """Read again when somebody next asks."""
        self._known = None

    def _change(
        self, channel: str, grant: Grant, *, by: str, kind: Kind, may: Callable[[frozenset[Action]], frozenset[Action]]
    ) -> None:
        same = (_GRANTS.c.channel == channel, _GRANTS.c.who == grant.who)
        with transaction(self._engine, immediate=True) as connection:
            before = connection.scalar(select(_GRANTS.c.may).where(*same)) or "[]"
            after = may(frozenset(map(read_action, json.loads(before))))
            connection.execute(delete(_GRANTS).where(*same))
            if after:
                connection.execute(insert(_GRANTS).values(_row(channel, Grant(who=grant.who, may=after))))
            told = ", ".join(sorted(grant.may)) or "everything"
            self._note(connection, kind, by, f"{channel}: {grant.who}: {told}")
        self.refresh()

    def _note(self, connection: Connection, kind: Kind, by: str, what: str) -> None:
        audit_table.note(connection, AuditLine(at=self._clock(), kind=kind, who=by, what=what))

    def _read(self) -> Mapping[str, OwnChannel]:
        with transaction(self._engine) as connection:
            made = connection.execute(select(_CHANNELS)).all()
            granted = connection.execute(select(_GRANTS).order_by(_GRANTS.c.who)).all()
        grants: dict[str, list[Grant]] = {}
        for row in granted:
            grants.setdefault(row.channel, []).append(Grant(who=row.who, may=_actions(row.may)))
        return {
            row.name: OwnChannel(name=row.name, private=row.private, grants=tuple(grants.get(row.name, ())))
            for row in made
            if row.name not in self._settled
        }


def own_channel_rows(engine: Engine, channels: Collection[str]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Give what is noted of those of these channels that people made, as rows for `write_own_channels`."""
    with transaction(engine) as connection:
        made = connection.execute(select(_CHANNELS).order_by(_CHANNELS.c.name)).mappings().all()
        granted = connection.execute(select(_GRANTS).order_by(_GRANTS.c.channel, _GRANTS.c.who)).mappings().all()
    return {
        "channels": tuple({**row, "private": int(row["private"])} for row in made if row["name"] in channels),
        "grants": tuple(dict(row) for row in granted if row["channel"] in channels),
    }


def write_own_channels(
    connection: Connection,
    channels: Collection[str],
    made: Sequence[Mapping[str, Any]],
    granted: Sequence[Mapping[str, Any]],
) -> None:
    """Let it be noted of these channels what another forge has of them, within a transaction that writes.

    Raises WrongInputError for an action that this ownconda doesn't know.
    """
    for row in granted:
        _actions(row["may"])
    for name in channels:
        connection.execute(delete(_GRANTS).where(_GRANTS.c.channel == name))
        connection.execute(delete(_CHANNELS).where(_CHANNELS.c.name == name))
    if made:
        connection.execute(insert(_CHANNELS), [{**row, "private": bool(row["private"])} for row in made])
    if granted:
        connection.execute(insert(_GRANTS), [dict(row) for row in granted])


def _actions(text: str) -> frozenset[Action]:
    names: Sequence[str] = json.loads(text)
    return frozenset(map(read_action, names))


def _row(channel: str, grant: Grant) -> Mapping[str, str]:
    return {"channel": channel, "who": grant.who, "may": json.dumps(sorted(grant.may))}
