"""Chapters: what is kept by name, in the order of names, in runs that are joined already.

A change costs the runs that it touches, and the whole is joined of as many parts as there are runs: far fewer than
names. `Item` is what can be joined to one of its kind: the text of a name, of a run, of all.
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
Joining = Callable[[Iterable[Item]], Item]


@dataclass(frozen=True, slots=True)
class Chapter(Generic[Item]):
    """The items of a run of names, in their order, and what they are joined to."""

    items: Mapping[str, Item] = field(repr=False)
    whole: Item = field(repr=False)


Chapters = tuple[Chapter[Item], ...]


def revised(
    chapters: Chapters[Item], made: Mapping[str, Item], gone: Collection[str], *, join: Joining[Item]
) -> Chapters[Item]:
    """Put the items that were ``made`` in their places, and take away those of the names that are ``gone``."""
    touched = _by_place(chapters, {*made, *gone})
    if not touched:
        return chapters
    before = chapters or (Chapter({}, join(())),)
    return tuple(
        after
        for place, chapter in enumerate(before)
        for after in (_rewritten(chapter, touched[place], made, join) if place in touched else (chapter,))
    )


def _by_place(chapters: Chapters[Item], names: Iterable[str]) -> Mapping[int, set[str]]:
    """Tell in which chapters names stand, or would have to."""
    firsts = [next(iter(chapter.items)) for chapter in chapters]
    places: defaultdict[int, set[str]] = defaultdict(set)
    for name in names:
        places[max(bisect_right(firsts, name) - 1, 0)].add(name)
    return places


def _rewritten(
    chapter: Chapter[Item], touched: set[str], made: Mapping[str, Item], join: Joining[Item]
) -> Iterator[Chapter[Item]]:
    """Give the chapters that one becomes: none when nothing is left, several when it has grown too long."""
    items = {**chapter.items, **{name: made[name] for name in touched & made.keys()}}
    names = iter(sorted(items.keys() - (touched - made.keys())))
    length = LENGTH if len(items) > 2 * LENGTH else len(items)
    while run := tuple(islice(names, length)):
        yield Chapter({name: items[name] for name in run}, join(items[name] for name in run))
