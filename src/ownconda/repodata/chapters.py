"""Chapters: what is kept by name, in the order of names, in runs that are joined already.

A change costs the runs that it touches, and the whole is joined of as many parts as there are runs: far fewer than
names. The text of a name is kept in its run only; what was measured of it tells where it stands there.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

LENGTH = 100
"""Names of a new run; one that has grown to twice as many is cut."""

Item = TypeVar("Item")
Measure = TypeVar("Measure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding(Generic[Item, Measure]):
    """How items are joined to one of their kind, what is measured of each, and how they are cut out again by that."""

    join: Callable[[Iterable[Item]], Item]
    measure: Callable[[Item], Measure]
    cut: Callable[[Item, Iterable[Measure]], Iterable[Item]]


@dataclass(frozen=True, slots=True)
class Chapter(Generic[Item, Measure]):
    """A run of names with the measure of each one's item, and what the items are joined to."""

    measures: Mapping[str, Measure] = field(repr=False)
    whole: Item = field(repr=False)


Chapters = tuple[Chapter[Item, Measure], ...]


def revised(
    chapters: Chapters[Item, Measure],
    made: Mapping[str, Item],
    gone: Collection[str],
    *,
    binding: Binding[Item, Measure],
) -> Chapters[Item, Measure]:
    """Put the items that were ``made`` in their places, and take away those of the names that are ``gone``."""
    touched = _by_place(chapters, {*made, *gone})
    if not touched:
        return chapters
    before = chapters or (Chapter({}, binding.join(())),)
    return tuple(
        after
        for place, chapter in enumerate(before)
        for after in (_rewritten(chapter, touched[place], made, binding) if place in touched else (chapter,))
    )


def items_of(chapter: Chapter[Item, Measure], binding: Binding[Item, Measure]) -> dict[str, Item]:
    """Give the items of a chapter by their names."""
    return dict(zip(chapter.measures, binding.cut(chapter.whole, chapter.measures.values()), strict=True))


def _by_place(chapters: Chapters[Item, Measure], names: Iterable[str]) -> Mapping[int, set[str]]:
    """Tell in which chapters names stand, or would have to."""
    firsts = [next(iter(chapter.measures)) for chapter in chapters]
    places: defaultdict[int, set[str]] = defaultdict(set)
    for name in names:
        places[max(bisect_right(firsts, name) - 1, 0)].add(name)
    return places


def _rewritten(
    chapter: Chapter[Item, Measure], touched: set[str], made: Mapping[str, Item], binding: Binding[Item, Measure]
) -> Iterator[Chapter[Item, Measure]]:
    """Give the chapters that one becomes: none when nothing is left, several when it has grown too long."""
    items = items_of(chapter, binding) | {name: made[name] for name in touched & made.keys()}
    names = iter(sorted(items.keys() - (touched - made.keys())))
    length = LENGTH if len(items) > 2 * LENGTH else len(items)
    while run := tuple(islice(names, length)):
        bound = [items[name] for name in run]
        yield Chapter(dict(zip(run, map(binding.measure, bound), strict=True)), binding.join(bound))
