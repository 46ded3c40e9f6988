"""Values in a template: what is undefined, what may be called, and how large anything may become."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MOST_STEPS = 300_000
"""How much work one template may ask for: steps, and hundreds of characters made."""

LONGEST_TEXT = 1_000_000
MOST_ITEMS = 100_000
LONGEST_NUMBER = 1_024  # bits
WIDEST = 4  # digits of a width in a format

_WIDTH = re.compile(rf"\d{{{WIDEST + 1},}}|\*")


class TemplateError(Exception):
    """A template asks for what can't or may not be done."""


class Undefined:
    """The value of a name that nobody defines: empty text, nothing in it, and whatever is done to it stays so."""

    __slots__ = ("_given", "name", "reason")

    def __init__(self, name: str, reason: str | None = None) -> None:
        self.name = name
        self._given = reason
        self.reason = reason or f"{name!r} is undefined, and counts as empty"

    def member(self, name: str) -> "Undefined":
        """Give what a name after a dot means: nothing either, for the same reason where there is one."""
        return Undefined(f"{self.name}.{name}", self._given)

    def __str__(self) -> str:
        return ""

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)

    def __hash__(self) -> int:
        return hash(Undefined)


@dataclass(frozen=True, slots=True)
class Function:
    """Something that a template may call; nothing else can be called."""

    call: Callable[..., object]


class Effort:
    """How much a template has asked for so far.

    Raises TemplateError as soon as it is too much.
    """

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = 0

    def spend(self, steps: int = 1) -> None:
        """Count work that was done, or is about to be."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise TemplateError("it asks for too much: does a loop end?")

    def checked(self, value: object) -> object:
        """Give a new value back unless it is too large."""
        if isinstance(value, str):
            self._spend_text(len(value))
        elif isinstance(value, int):
            if value.bit_length() > LONGEST_NUMBER:
                raise TemplateError("a number becomes too large")
        elif isinstance(value, list | tuple | set | Mapping):
            self.spend(weight(value))
        return value

    def _spend_text(self, length: int) -> None:
        if length > LONGEST_TEXT:
            raise TemplateError("a text becomes too long")
        self.spend(length // 100)

    def multiplied(self, value: object, times: int) -> None:
        """Count a repetition before it is made."""
        length = len(value) if isinstance(value, str | list | tuple) else 1
        if length * max(times, 0) > LONGEST_TEXT:
            raise TemplateError("a value becomes too large")
        self.spend(length * max(times, 0) // 100)

    def formatted(self, pattern: str) -> None:
        """Refuse a pattern that asks for more room than any text needs."""
        if _WIDTH.search(pattern):
            raise TemplateError(f"the format {pattern[:40]!r} asks for too much room")


def weight(value: object, *, depth: int = 0) -> int:
    """Count the items of a value and of everything in it.

    Raises TemplateError when there are too many, or a value holds itself.
    """
    if not isinstance(value, list | tuple | set | Mapping):
        return 1 + (len(value) // 100 if isinstance(value, str) else 0)
    if depth > 50:  # noqa: PLR2004  (deeper than any data)
        raise TemplateError("a value is nested too deeply")
    total = 1
    for item in value.values() if isinstance(value, Mapping) else value:
        total += weight(item, depth=depth + 1)
        if total > MOST_ITEMS:
            raise TemplateError("a value becomes too large")
    return total


def as_text(value: object) -> str:
    """Give the text that a value becomes in a recipe.

    Raises TemplateError for what isn't data.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined | int | float | None | date | datetime | timedelta):
        return str(value)
    if isinstance(value, list | tuple | set | Mapping):
        weight(value)
        return str(value)
    raise TemplateError(f"a {type(value).__name__.lower()} can't be written into a recipe")
