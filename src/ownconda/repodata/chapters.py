"""Chapters: what is kept by name, in the order of names, in runs that are joined already.

A change costs the runs that it touches, and the whole is joined of as many parts as there are runs: far fewer than
names. The text of a name is kept in its run only; what was measured of it tells where it stands there.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Generic, TypeVar

LENGTH = 100
"""Names of a new run; one that has grown to twice as many is cut."""

Item = TypeVar("Item")
Measure = TypeVar("Measure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding(Generic[Item, Measure]):
    """How items are joined to one of their kind, what is measured of each, and how they are cut out again by that.

    ``total`` gives the measure of what items of some measures are joined to.
    """

    join: Callable[[Iterable[Item]], Item]
    measure: Callable[[Item], Measure]
    total: Callable[[Iterable[Measure]], Measure]
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
    fresh = {name: made[name] for name in touched & made.keys()}
    left = {name: measure for name, measure in chapter.measures.items() if name not in touched}
    measures = left | {name: binding.measure(item) for name, item in fresh.items()}
    whole = binding.join(_spliced(chapter, sorted(touched), fresh, binding))
    names = iter(sorted(measures))
    length = LENGTH if len(measures) > 2 * LENGTH else len(measures)
    runs = [{name: measures[name] for name in run} for run in iter(lambda: tuple(islice(names, length)), ())]
    for run, text in zip(runs, binding.cut(whole, (binding.total(run.values()) for run in runs)), strict=True):
        yield Chapter(run, text)


def _spliced(
    chapter: Chapter[Item, Measure], touched: Sequence[str], fresh: Mapping[str, Item], binding: Binding[Item, Measure]
) -> Iterator[Item]:
    """Give what a chapter is joined to after a change, in few parts: what lies between touched names stays whole."""
    names, measures = list(chapter.measures), list(chapter.measures.values())
    ends = [place for name in touched for place in (bisect_left(names, name), bisect_right(names, name))]
    sizes = [binding.total(measures[start:end]) for start, end in pairwise((0, *ends, len(names)))]
    parts = list(binding.cut(chapter.whole, sizes))  # what stays and what was there of a touched name, by turns
    for kept, name in zip(parts[::2], (*touched, ""), strict=True):
        yield kept
        if name in fresh:
            yield fresh[name]
