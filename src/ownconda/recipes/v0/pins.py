"""Pins: ``pin_subpackage`` as a promise while templates are evaluated, kept when the outputs are known."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ownconda.conda.pins import Pin, pinned

HASH_MARK = "\ue000"
"""Stands in a build string for the hash that is known last."""

EVERY_PART = "x.x.x.x.x.x"
"""The mask that keeps all of a version."""

_MARK = re.compile("\ue001(\\d+)\ue002")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFacts:
    """What a pin on an output of the same recipe needs to know."""

    version: str
    build: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A pin as the recipe asks for it."""

    name: str
    min_pin: str | None = EVERY_PART
    max_pin: str | None = "x"
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Promises:
    """The pins that one recipe asks for, each with a mark in the text."""

    made: list[Promise] = field(default_factory=list)

    def promise(self, one: Promise) -> str:
        """Give the text that stands for a pin until it is known."""
        self.made.append(one)
        return f"{one.name} \ue001{len(self.made) - 1}\ue002"

    def kept(self, text: str, outputs: Mapping[str, OutputFacts]) -> str:
        """Put what is pinned in the place of each mark; a package that isn't an output stays unpinned."""
        if "\ue001" not in text:
            return text
        return _MARK.sub(lambda mark: self._pin(int(mark[1]), outputs), text).strip()

    def _pin(self, number: int, outputs: Mapping[str, OutputFacts]) -> str:
        one = self.made[number]
        output = outputs.get(one.name)
        if output is None or not output.version:
            return ""
        if one.exact:
            return f"{output.version} {output.build()}"
        return bounds(output.version, min_pin=one.min_pin, max_pin=one.max_pin)


def bounds(version: str, *, min_pin: str | None, max_pin: str | None) -> str:
    """Give the bounds around a version, such as ``>=1.3.1,<2.0a0``."""
    return pinned("", version, Pin(lower=min_pin or None, upper=max_pin or None)).strip()
