"""notices.json (CEP 6): what a channel has to say to the people who use it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ownconda.conda.records import compact_json

FILE = "notices.json"


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to the users of a channel; both times have a time zone."""

    id: str
    message: str
    level: Level = Level.INFO
    created_at: datetime
    expires_at: datetime


def notices_json(notices: Iterable[Notice], *, now: datetime) -> bytes:
    """Make a channel's notices.json: those that haven't expired, the newest first."""
    current = [notice for notice in notices if notice.expires_at > now]
    newest_first = sorted(current, key=lambda notice: (notice.created_at, notice.id), reverse=True)
    return f"{compact_json({'notices': [_fields(notice) for notice in newest_first]})}\n".encode()


def _fields(notice: Notice) -> dict[str, str]:
    return {
        "id": notice.id,
        "message": notice.message,
        "level": notice.level.value,
        "created_at": notice.created_at.isoformat(),
        "expires_at": notice.expires_at.isoformat(),
    }
