"""How long tokens are good for."""

import re

from ownconda.access.tokens import FOREVER
from ownconda.errors import WrongInputError

DEFAULT_HOURS = 90 * 24
NEVER = "never"
MOST_HOURS = 1_000_000
_MILLISECONDS = 3_600_000
_WRITTEN = re.compile(r"([1-9][0-9]{0,5})([hd])")
_HOURS = {"h": 1, "d": 24}


def read_lifetime(text: str) -> int:
    """Read hours, written as ``90d``, ``12h`` or ``never``, which is 0. Raises WrongInputError."""
    if text == NEVER:
        return 0
    found = _WRITTEN.fullmatch(text)
    hours = int(found[1]) * _HOURS[found[2]] if found else MOST_HOURS + 1
    if hours > MOST_HOURS:
        raise WrongInputError(f"{text!r} is no time that a token could last", hint=f"such as 90d, 12h or {NEVER}")
    return hours


def end_of(hours: int, now: int) -> int:
    """Give when a token expires that is good for some hours from now on, in milliseconds; 0 hours never end."""
    return now + hours * _MILLISECONDS if hours else FOREVER
