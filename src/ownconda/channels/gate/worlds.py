"""Worlds: sets of records that can be installed together, grown one by one; each proves all that is in it."""

from collections.abc import Callable, Mapping

from ownconda.channels.gate.choices import ANY, Choices, Demands, bits_of

Sure = Callable[[str], int]
"""Gives of a name the records that fit a machine, and whose demands are known exactly."""


class World:
    """A set of records in which each has what it needs, and none bars another."""

    def __init__(self, choices: Choices, sure: Sure) -> None:
        self._choices = choices
        self._sure = sure
        self._there: dict[str, int] = {}
        self._barred: dict[str, int] = {}
        self.conflict = ""

    def takes(self, path: str) -> bool:
        """Tell whether a record can be installed with what is here, and what can be added; the latter stays.

        Where another of its name is here, the record would take its place, which keeps what it needs if that doesn't
        need the name itself. May say no too often; ``conflict`` is the name of which nothing was left then.
        """
        place = self._choices.place(path)
        if place is None or not self._sure(place[0]) & place[1]:
            return False
        name, bit = place
        if self._there.get(name, bit) == bit:
            return self.joins({name: bit})
        demands = self._choices.demands_at(name, bit)
        return (
            name not in self._choices.circular
            and all(self._with(name, bit, other) & bits for other, bits in demands.bars.items())
            and self.joins(demands.needs)
            and bool(self._barred.get(name, ANY) & bit)
        )

    def joins(self, wanted: Mapping[str, int]) -> bool:
        """Add of each name one of these records, with all that it needs: the newest that goes; or nothing at all."""
        addition = _Addition(self._there, self._barred)
        asked = {name: bits for name, bits in wanted.items() if not self._there.get(name, 0) & bits}
        while asked:
            name, bits = asked.popitem()
            if addition.there(name):
                self.conflict = name
                return False
            demands = self._chosen(name, bits & self._sure(name), addition, asked)
            if demands is None:
                return False
            for other, some in demands.needs.items():
                if not addition.there(other):
                    asked[other] = asked.get(other, ANY) & some
        self._there |= addition.added
        self._barred |= addition.barred
        return True

    def _with(self, name: str, bit: int, other: str) -> int:
        """Give what is here of a name when one record takes the place of another."""
        return bit if other == name else self._there.get(other, 0)

    def _chosen(self, name: str, possible: int, addition: "_Addition", asked: Mapping[str, int]) -> Demands | None:
        """Add the newest of a name that agrees with all that is there or asked for; give what it needs."""
        self.conflict = name
        for bit in bits_of(possible & addition.allowed(name)):
            demands = self._choices.demands_at(name, bit)
            against = addition.against(name, bit, demands, asked)
            if against is None:
                addition.add(name, bit, demands)
                return demands
            self.conflict = against
        return None


class _Addition:
    """What is about to be added to a world."""

    def __init__(self, there: Mapping[str, int], barred: Mapping[str, int]) -> None:
        self._there = there
        self._barred = barred
        self.added: dict[str, int] = {}
        self.barred: dict[str, int] = {}

    def there(self, name: str) -> int:
        return self._there.get(name) or self.added.get(name, 0)

    def allowed(self, name: str) -> int:
        return self.barred[name] if name in self.barred else self._barred.get(name, ANY)

    def against(self, name: str, bit: int, demands: Demands, asked: Mapping[str, int]) -> str | None:
        """Give a name about which a record doesn't agree with what is there."""
        for other, bits in demands.needs.items():
            there = bit if other == name else self.there(other) or asked.get(other, ANY) & self.allowed(other)
            if not there & bits:
                return other
        for other, bits in demands.bars.items():
            there = bit if other == name else self.there(other)
            if there and not there & bits:
                return other
        return None

    def add(self, name: str, bit: int, demands: Demands) -> None:
        self.added[name] = bit
        for other, bits in demands.bars.items():
            self.barred[other] = self.allowed(other) & bits
