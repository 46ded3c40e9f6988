"""How often package files were downloaded from each channel, day by day."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, delete, select

from ownconda.channels.ledger.schema import CHANNELS, COUNTED_DAYS, COUNTED_LOGS, DOWNLOADS, FILES
from ownconda.channels.ledger.writing import by_subdir
from ownconda.errors import ConflictError, WrongInputError
from ownconda.wires.database import insert_into, transaction

MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A package file, by its path, that was downloaded from a channel on a day; ``day`` counts from 1970, in UTC."""

    channel: str
    path: str
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """An access log as far as it was counted: checksums of its first line, and of its first ``size`` bytes."""

    begin: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAddition:
    """What a log tells beyond what was read ``before``: downloads, and the days of its lines.

    ``known`` is what was read of all logs that begin as it does.
    """

    known: frozenset[ReadLog] = frozenset()
    before: ReadLog | None = None
    log: ReadLog
    counts: Mapping[Downloaded, int]
    days: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was downloaded from a channel since a time, in ms since 1970: how often each path."""

    since: int
    counts: Mapping[str, int]


def note_downloads(engine: Engine, counts: Mapping[Downloaded, int], days: Collection[int]) -> None:
    """Add downloads to what was counted on their days; ``days`` are all that were looked at.

    What no channel ever had is left out.
    """
    with transaction(engine, immediate=True) as connection:
        _add(connection, counts, days)


def note_log(engine: Engine, addition: LogAddition) -> None:
    """Add what a log tells beyond what was read of it before.

    Raises ConflictError when somebody else has counted it meanwhile.
    """
    log, before = addition.log, addition.before
    with transaction(engine, immediate=True) as connection:
        if set(addition.known) != set(_logs(connection, log.begin)):
            raise ConflictError("this log was counted meanwhile", hint="run the same command again")
        if before:
            same = (COUNTED_LOGS.c.begin == before.begin) & (COUNTED_LOGS.c.sha256 == before.sha256)
            connection.execute(delete(COUNTED_LOGS).where(same))
        read = {"begin": log.begin, "size": log.size, "sha256": log.sha256}
        connection.execute(insert_into(connection, COUNTED_LOGS).values(read).on_conflict_do_nothing())
        _add(connection, addition.counts, addition.days)


def logs_read(engine: Engine, begin: str) -> tuple[ReadLog, ...]:
    """Give the logs that were counted and have a first line of this checksum."""
    with transaction(engine) as connection:
        return _logs(connection, begin)


def downloads(
    engine: Engine, channel: str, *, since: int, file_names: Collection[str] | None = None
) -> dict[str, dict[int, int]]:
    """Tell how often each path of a channel was downloaded on each day from ``since`` (days since 1970) on.

    ``file_names`` are those that are asked for, by default all.
    """
    query = (
        select(FILES.c.subdir, FILES.c.file_name, DOWNLOADS.c.day, DOWNLOADS.c.count)
        .join(FILES, FILES.c.id == DOWNLOADS.c.file)
        .where(DOWNLOADS.c.channel == channel, DOWNLOADS.c.day >= since)
        .order_by(FILES.c.subdir, FILES.c.file_name, DOWNLOADS.c.day)
    )
    if file_names is not None:
        query = query.where(FILES.c.file_name.in_(file_names))
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    with transaction(engine) as connection:
        for subdir, file_name, day, count in connection.execute(query):
            found[f"{subdir}/{file_name}"][day] = count
    return dict(found)


def counted_days(engine: Engine) -> tuple[int, ...]:
    """Give the days, since 1970, on which downloads were counted."""
    with transaction(engine) as connection:
        return tuple(connection.scalars(select(COUNTED_DAYS.c.day).order_by(COUNTED_DAYS.c.day)))


def counted(engine: Engine, channel: str, *, days: int, now: int) -> Counted:
    """Give a channel's downloads of the last ``days`` on which all day long was counted; ``now`` in ms since 1970.

    Raises WrongInputError when there aren't as many such days yet, or nothing at all was downloaded on them.
    """
    whole = [day for day in counted_days(engine)[1:] if day < day_of(now)]  # on the first day it was begun
    if len(whole) < days:
        hint = "ask for fewer days, or wait; `ownconda forge count-downloads` reads logs of days gone by"
        raise WrongInputError(f"downloads were counted on {len(whole)} whole days until now, not on {days}", hint=hint)
    since = whole[-days]
    counts = Counter({path: sum(by_day.values()) for path, by_day in downloads(engine, channel, since=since).items()})
    if not counts.total():
        hint = "does a web server hand its files out? `ownconda forge count-downloads` counts what its logs tell"
        raise WrongInputError(f"nothing was downloaded from {channel} in {days} days, as far as was counted", hint=hint)
    return Counted(since=since * MILLISECONDS_A_DAY, counts=counts)


def day_of(milliseconds: int) -> int:
    """Give the day of a time in milliseconds since 1970."""
    return milliseconds // MILLISECONDS_A_DAY


def _add(connection: Connection, counts: Mapping[Downloaded, int], days: Collection[int]) -> None:
    for day in days:
        connection.execute(insert_into(connection, COUNTED_DAYS).values(day=day).on_conflict_do_nothing())
    there = set(connection.scalars(select(CHANNELS.c.name)))
    files = _files(connection, {one.path for one in counts})
    rows = [
        {"channel": one.channel, "file": files[one.path], "day": one.day, "count": count}
        for one, count in counts.items()
        if one.channel in there and one.path in files
    ]
    if rows:
        adding = insert_into(connection, DOWNLOADS)
        more = {"count": DOWNLOADS.c.count + adding.excluded["count"]}
        same = [DOWNLOADS.c.channel, DOWNLOADS.c.file, DOWNLOADS.c.day]
        connection.execute(adding.on_conflict_do_update(index_elements=same, set_=more), rows)


def _files(connection: Connection, paths: Iterable[str]) -> dict[str, int]:
    query = select(FILES.c.id, FILES.c.subdir, FILES.c.file_name).where(
        FILES.c.subdir == bindparam("subdir"), FILES.c.file_name.in_(bindparam("names", expanding=True))
    )
    return {
        f"{subdir}/{file_name}": number
        for some in by_subdir(path for path in paths if "/" in path)
        for number, subdir, file_name in connection.execute(query, some)
    }


def _logs(connection: Connection, begin: str) -> tuple[ReadLog, ...]:
    rows = connection.execute(select(COUNTED_LOGS).where(COUNTED_LOGS.c.begin == begin)).mappings()
    return tuple(ReadLog(**row) for row in rows)
