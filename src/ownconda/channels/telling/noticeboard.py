"""Notices of channels (CEP 6): kept in the ledger, and shown beside the index as notices.json."""

import contextlib
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.schema import NOTICES
from ownconda.channels.snapshots import MissingError
from ownconda.errors import OutsideError, WrongInputError
from ownconda.repodata.notices import FILE, Level, Notice, notices_json
from ownconda.wires.database import transaction
from ownconda.wires.files import exclusive_lock, make_folder, write_atomically

LONGEST = 4000
"""Characters of a message: clients print it whenever they look at the channel."""


class Noticeboard:
    """The notices of a forge's channels; its methods may be called from any thread. Times are in ms since 1970."""

    def __init__(self, engine: Engine, folder: ForgeFolder) -> None:
        self._engine = engine
        self._folder = folder

    def current(self, channel: str, *, now: int) -> tuple[Notice, ...]:
        """Give a channel's notices that haven't expired, the newest first."""
        query = select(NOTICES).where(NOTICES.c.channel == channel, NOTICES.c.expires_at > now)
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(NOTICES.c.created_at.desc(), NOTICES.c.id)).mappings().all()
        return tuple(
            Notice(
                id=row["id"],
                message=row["message"],
                level=Level(row["level"]),
                created_at=_time(row["created_at"]),
                expires_at=_time(row["expires_at"]),
            )
            for row in rows
        )

    def post(  # noqa: PLR0913  (each is a fact of the notice)
        self, channel: str, message: str, *, level: Level, expires_at: int, author: str, now: int
    ) -> Notice:
        """Tell something to the users of a channel. Raises WrongInputError for what can't be told."""
        if not message.strip() or len(message) > LONGEST:
            raise WrongInputError(f"a notice has a text of at most {LONGEST} characters")
        if expires_at <= now:
            raise WrongInputError("the notice would have expired already", hint="choose a date to come")
        times = {"created_at": now, "expires_at": expires_at}
        facts = {"id": _id(channel, message, now), "message": message, "level": level}
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(delete(NOTICES).where(NOTICES.c.id == facts["id"]))
            connection.execute(insert(NOTICES).values(channel=channel, author=author, **facts, **times))
        self.show(channel, now=now)
        return Notice(
            id=str(facts["id"]), message=message, level=level, created_at=_time(now), expires_at=_time(expires_at)
        )

    def remove(self, channel: str, number: str, *, now: int) -> None:
        """Take a notice away. Raises MissingError."""
        same = (NOTICES.c.channel == channel) & (NOTICES.c.id == number)
        with transaction(self._engine, immediate=True) as connection:
            removed = connection.execute(delete(NOTICES).where(same)).rowcount
        if not removed:
            raise MissingError(
                f"{channel} has no notice {number!r}", hint=f"list them: ownconda channel notice {channel}"
            )
        self.show(channel, now=now)

    def show(self, channel: str, *, now: int) -> None:
        """Bring notices.json up to date; a channel that never had a notice has none. Raises OutsideError."""
        file = self._folder.channel(channel) / FILE
        with exclusive_lock(self._folder.notices_lock):  # what was read first mustn't be written last
            notices = self.current(channel, now=now)
            wanted, there = notices_json(notices, now=_time(now)), _content(file)
            if wanted != there and (notices or there):
                make_folder(file.parent)
                write_atomically(file, wanted)

    def refresh(self, channel: str, *, now: int) -> None:
        """Let notices.json leave out what has expired; when the disk refuses, it stays as it is."""
        with contextlib.suppress(OutsideError):
            self.show(channel, now=now)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _id(channel: str, message: str, at: int) -> str:
    """Make an id that no other channel's notice has: clients remember by it what they have shown."""
    return f"{channel}-{hashlib.sha256(f'{channel} {at} {message}'.encode()).hexdigest()[:10]}"


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
