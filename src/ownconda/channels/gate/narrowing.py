"""Narrowing: what a record's needs leave of each name that has to come with it; where nothing is left, it can't be."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ownconda.channels.gate.choices import ANY, Choices, Demands, bits_of

Able = Callable[[str], int]
"""Gives of a name the records that may be installable on a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What can come along, by name: all of a solution is in it; ``emptied`` is the name of which nothing is left."""

    left: Mapping[str, int]
    emptied: str = ""


def narrowed(name: str, bit: int, choices: Choices, able: Able) -> Narrowed:
    """Narrow each name that has to come with a record to what has something left of all that it needs.

    That goes on until nothing changes any more (arc consistency). What is taken away is in no solution; that something
    is left of each name proves nothing.
    """
    left = {name: bit & able(name)}
    askers: defaultdict[str, dict[str, None]] = defaultdict(dict)
    asking: set[str] = set()
    to_look_at = {name: None}  # in this order: what is asked for often is looked at when all have asked
    while to_look_at:
        one = next(iter(to_look_at))
        del to_look_at[one]
        if one not in asking:
            asking.add(one)
            for other in _mentioned([choices.demands_at(one, each) for each in bits_of(left[one])]):
                askers[other][one] = None
        kept = _possible(one, left, choices, able)
        if not kept:
            return Narrowed(left=left, emptied=one)
        if kept != left[one]:
            left[one] = kept
            to_look_at |= askers[one]
        for other, bits in _asked_by_all([choices.demands_at(one, each) for each in bits_of(kept)], left):
            before = left.get(other)
            now = (able(other) if before is None else before) & bits
            if not now:
                return Narrowed(left=left, emptied=other)
            if now != before:
                left[other] = now
                to_look_at[other] = None
                to_look_at |= askers[other]
    return Narrowed(left=left)


def _mentioned(demands: Iterable[Demands]) -> Mapping[str, None]:
    return {other: None for one in demands for some in (one.needs, one.bars) for other in some}


def _possible(name: str, left: Mapping[str, int], choices: Choices, able: Able) -> int:
    """Give those records of a name that have something left of all that they need, and don't bar what must come."""
    kept = 0
    for bit in bits_of(left[name]):
        if _may_stay(choices.demands_at(name, bit), left, able):
            kept |= bit
    return kept


def _may_stay(demands: Demands, left: Mapping[str, int], able: Able) -> bool:
    for other, some in demands.needs.items():
        there = left.get(other)
        if not (able(other) if there is None else there) & some:
            return False
    return all(left[other] & some for other, some in demands.bars.items() if other in left)


def _asked_by_all(demands: Iterable[Demands], left: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Tell what comes with each of some records, whichever it is."""
    each = list(demands)
    for other in {**each[0].needs, **each[0].bars}:
        if other in left or all(other in one.needs for one in each):
            bits = 0
            for one in each:
                bits |= one.needs.get(other, ANY) & one.bars.get(other, ANY)
            yield other, bits
