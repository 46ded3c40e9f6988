"""Reckoning: what can be told of a machine's packages without asking a solver, one way or the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ownconda.channels.gate.choices import ANY, Choices, bits_of
from ownconda.channels.gate.narrowing import narrowed
from ownconda.channels.gate.needs import accepting, name_of
from ownconda.channels.gate.worlds import Sure, World
from ownconda.conda.machines import Machine
from ownconda.conda.records import Record

_OPTIONS = 6
"""So many records of a name that is in the way are tried."""
_WORLDS = 8
"""So many worlds are kept; the one that last took a record is asked first, since records come in some order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """Whether a record can be installed, None where that isn't seen; and why it can't."""

    can: bool | None = None
    words: str = ""


class Reckoner:
    """What is known of one machine; ``dead`` are the paths of what can't be installed there for sure."""

    def __init__(self, choices: Choices, machine: Machine, dead: Mapping[str, str]) -> None:
        self._choices = choices
        self._machine = machine
        self._dead = dead
        self._able: dict[str, int] = {}
        self._sure: dict[str, int] = {}
        self._worlds: list[World] = []

    def proves(self, path: str) -> bool:
        """Tell whether a record can be installed, as far as that is seen at once."""
        for number, world in enumerate(self._worlds):
            if world.takes(path):
                self._worlds.insert(0, self._worlds.pop(number))
                return True
        return self._starts_world(path, self.sure, depth=1)

    def reckoned(self, path: str) -> Reckoned:
        """Tell whether a record can be installed, as far as that is seen without trying one choice after another."""
        if path in self._dead:
            return Reckoned(can=False, words=self._dead[path])
        place = self._choices.place(path)
        if place is None:
            return Reckoned()
        found = narrowed(*place, self._choices, self.able)
        if found.emptied:
            words = f"no {found.emptied} is left with which all that it needs could go together on {self._machine.name}"
            return Reckoned(can=False, words=words)
        left = found.left
        able = self._starts_world(path, lambda name: self.sure(name) & left.get(name, ANY), depth=2)
        return Reckoned(can=True if able else None)

    def able(self, name: str) -> int:
        """Give of a name what may be installable."""
        bits = self._able.get(name)
        if bits is None:
            bits = self._able[name] = self._bits(self._choices.of_name(name), exact=False)
        return bits

    def sure(self, name: str) -> int:
        """Give of a name what fits the machine, and is known in all that it asks."""
        bits = self._sure.get(name)
        if bits is None:
            known = () if name in self._choices.unreadable else self._choices.of_name(name)
            bits = self._sure[name] = self._bits(known, exact=True)
        return bits

    def _bits(self, records: Sequence[Record], *, exact: bool) -> int:
        able = 0
        for record in records:
            place = self._choices.place(record.path)
            if place and record.path not in self._dead and (not exact or self._fits(record)):
                able |= place[1]
        return able

    def _fits(self, record: Record) -> bool:
        demands = self._choices.demands(record)
        return (
            demands.is_exact
            and all(self._has(spec) for spec in demands.virtual_needs)
            and all(self._has(spec) for spec in demands.virtual_bars if self._machine.virtual(name_of(spec)))
        )

    def _has(self, spec: str) -> bool:
        virtual = self._machine.virtual(name_of(spec))
        return virtual is not None and accepting(spec)(virtual.version, virtual.build)

    def _starts_world(self, path: str, sure: Sure, *, depth: int) -> bool:
        world = self._world(path, sure, {}, depth)
        if world is None:
            return False
        self._worlds = [world, *self._worlds[: _WORLDS - 1]]
        return True

    def _world(self, path: str, sure: Sure, first: Mapping[str, int], depth: int) -> World | None:
        """Make a world with a record; where a name is in the way, begin with each of its newest records in turn."""
        world = World(self._choices, sure)
        if world.joins(first) and world.takes(path):
            return world
        name = world.conflict
        if not depth or not name or name in first:
            return None
        options = islice(bits_of(sure(name)), _OPTIONS)
        tried = (self._world(path, sure, {**first, name: bit}, depth - 1) for bit in options)
        return next((found for found in tried if found), None)
