"""How people name a moment of a channel: a snapshot's number, a tag, a date, a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ownconda.errors import WrongInputError

_NUMBER = re.compile(r"[0-9]+")
_LARGEST = 18  # digits, what a database can count
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[tT]([0-9]{2})(?:[.:]([0-9]{2})(?:[.:]([0-9]{2}))?)?[zZ]?)?")
_TAG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
LONGEST_TAG = 64


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in milliseconds since 1970."""

    at: int


def meant(text: str) -> int | Moment | str:
    """Tell what a text means: a snapshot's number, a moment (a day means its end), otherwise a tag.

    Times are UTC. Raises WrongInputError for a date that there isn't, and for what can't be any of them.
    """
    if _NUMBER.fullmatch(text) and len(text) <= _LARGEST:
        return int(text)
    date = _DATE.fullmatch(text)
    if date is not None:
        return _moment(text, date)
    return check_tag(text)


def check_tag(text: str) -> str:
    """Give a tag's name back when it may be one: it has to fit into a channel's address (CEP 26)."""
    if len(text) <= LONGEST_TAG and _TAG.fullmatch(text) and not _NUMBER.fullmatch(text) and not _DATE.fullmatch(text):
        return text
    raise WrongInputError(
        f"{text[:80]!r} is no snapshot's number, no date and can't be a tag",
        hint="dates: 2026-11-20, 2026-11-20t14.30; tags: lower-case letters and digits, joined by '-', '_', '.'",
    )


def _moment(text: str, date: re.Match[str]) -> Moment:
    day, hour, minute, second = date.groups()
    try:
        begin = datetime.fromisoformat(day).replace(
            hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), tzinfo=UTC
        )
    except ValueError as error:
        raise WrongInputError(f"{text!r} isn't a date: {error}") from error
    end = begin if hour else begin + timedelta(days=1, milliseconds=-1)
    return Moment(int(end.timestamp() * 1000))
