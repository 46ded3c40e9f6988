"""What the gate said of acts, as the ledger keeps it: the newest verdicts of each channel, for some time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, or_, select

from ownconda.channels.kept_verdicts import KeptVerdict, Reason
from ownconda.channels.ledger.schema import VERDICTS
from ownconda.channels.snapshots import Kind
from ownconda.conda.records import compact_json
from ownconda.wires.database import transaction

MOST_KEPT = 1000
"""So many that passed are kept of a channel, and as many that didn't: who tries again and again hides nothing else."""

LONGEST_KEPT = 730 * 24 * 3_600_000
"""Milliseconds for which a verdict is kept: two years."""

_COLUMNS = frozenset({"channel", "act", "author", "reason", "at", "passed", "head", "made"})


def write_verdict(connection: Connection, verdict: KeptVerdict) -> None:
    """Keep a verdict, and let those go that are too many or too old."""
    fields = asdict(verdict)
    facts = {name: value for name, value in fields.items() if name not in _COLUMNS}
    row = {name: fields[name] for name in _COLUMNS} | {"act": verdict.act.value, "facts": compact_json(facts)}
    connection.execute(insert(VERDICTS).values(row))
    alike = (VERDICTS.c.channel == verdict.channel) & VERDICTS.c.passed.is_(verdict.passed)
    newest = select(VERDICTS.c.id).where(alike).order_by(VERDICTS.c.id.desc())
    last = connection.scalar(newest.offset(MOST_KEPT).limit(1))
    connection.execute(
        delete(VERDICTS).where(
            VERDICTS.c.channel == verdict.channel,
            or_(VERDICTS.c.at < verdict.at - LONGEST_KEPT, alike & (VERDICTS.c.id <= (last or 0))),
        )
    )


def keep_refusals(engine: Engine, refused: Iterable[KeptVerdict]) -> None:
    """Keep verdicts on acts that led to no snapshot."""
    with transaction(engine, immediate=True) as connection:
        for verdict in refused:
            write_verdict(connection, verdict)


def verdicts_on(engine: Engine, snapshots: Sequence[int]) -> dict[int, KeptVerdict]:
    """Give what was said of the acts that led to these snapshots, as far as that is kept; at most some thousand."""
    with transaction(engine) as connection:
        rows = connection.execute(select(VERDICTS).where(VERDICTS.c.made.in_(snapshots))).mappings().all()
    return {row["made"]: _read(row) for row in rows}


def refusals_between(engine: Engine, channel: str, *, since: int, before: int | None = None) -> tuple[KeptVerdict, ...]:
    """Give the refusals while a channel stood at snapshots from ``since`` on, until ``before``; the newest first."""
    chosen = (VERDICTS.c.channel == channel) & VERDICTS.c.passed.is_(False) & (VERDICTS.c.head >= since)
    if before is not None:
        chosen &= VERDICTS.c.head < before
    with transaction(engine) as connection:
        rows = connection.execute(select(VERDICTS).where(chosen).order_by(VERDICTS.c.id.desc())).mappings().all()
    return tuple(_read(row) for row in rows)


def _read(row: RowMapping) -> KeptVerdict:
    facts: dict[str, Any] = json.loads(row["facts"])
    return KeptVerdict(
        **{name: row[name] for name in _COLUMNS - {"act"}},
        act=Kind(row["act"]),
        about=tuple((channel, snapshot) for channel, snapshot in facts["about"]),
        rules=tuple(facts["rules"]),
        machines=tuple(facts["machines"]),
        asked=facts["asked"],
        milliseconds=facts["milliseconds"],
        waived=facts["waived"],
        reasons=tuple(Reason(**one) for one in facts["reasons"]),
        more=facts["more"],
    )
