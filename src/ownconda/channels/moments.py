"""How people name a moment of a channel: a snapshot's number, a tag, a date, a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ownconda.channels.charters import AT
from ownconda.errors import WrongInputError

_NUMBER = re.compile(r"[0-9]+")
_LARGEST = 18  # digits, what a database can count
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[tT]([0-9]{2})(?:[.:]([0-9]{2})(?:[.:]([0-9]{2}))?)?[zZ]?)?")
_TAG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_TAGS = "lower-case letters and digits, joined by '-', '_', '.'"
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
    if _is_tag(text):
        return text
    raise WrongInputError(
        f"{text[:80]!r} is no snapshot's number, no date and can't be a tag",
        hint=f"dates: 2026-11-20, 2026-11-20t14.30; tags: {_TAGS}",
    )


def check_tag(text: str) -> str:
    """Give a tag's name back when it may be one. Raises WrongInputError."""
    if not _is_tag(text):
        raise WrongInputError(f"{text[:80]!r} can't be a tag", hint=f"{_TAGS}, but no number, no date and no '{AT}'")
    return text


def _is_tag(text: str) -> bool:
    """Tell whether a channel can be looked at by this name: it has to fit into its address (CEP 26)."""
    is_else = _NUMBER.fullmatch(text) or _DATE.fullmatch(text) or AT in f".{text}"
    return len(text) <= LONGEST_TAG and _TAG.fullmatch(text) is not None and not is_else


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
