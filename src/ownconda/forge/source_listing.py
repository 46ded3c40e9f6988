"""What the page of sources lists: upstream archives, found by a search, the newest first or by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ownconda.forge.listing import PAGE_SIZE, Order, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A package that was made from a source, in one version, and its page."""

    name: str
    version: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An archive below /sources/: the folder it is in, its checksum and name, its size in bytes.

    ``touched`` is when it came or was last asked for (ms since 1970); ``made`` are packages that were made from it.
    """

    label: str
    digest: str
    file_name: str
    size: int
    touched: int
    made: tuple[Made, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListing:
    """One page of sources; ``number`` counts from 1."""

    sources: tuple[Source, ...]
    found: int
    number: int
    pages: int


def source_listing(sources: Iterable[Source], wanted: Wanted) -> SourceListing:
    """Give the page that is wanted; of a number that there isn't, the nearest."""
    found = _found(sources, wanted)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(wanted.number, 1), pages)
    shown = tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    return SourceListing(sources=shown, found=len(found), number=number, pages=pages)


def visible(sources: Iterable[Source], users: Mapping[str, Sequence[Made]], *, everything: bool) -> tuple[Source, ...]:
    """Give the sources that somebody may know of, with the packages made from them that they may know of.

    ``users`` are those by checksum. Without ``everything``, what none of them was made from is left out: its name may
    be that of something hidden.
    """
    known = (
        Source(
            label=one.label,
            digest=one.digest,
            file_name=one.file_name,
            size=one.size,
            touched=one.touched,
            made=tuple(users.get(one.digest, ())),
        )
        for one in sources
    )
    return tuple(one for one in known if everything or one.made)


def _found(sources: Iterable[Source], wanted: Wanted) -> Sequence[Source]:
    text = wanted.search.lower()
    by_name = wanted.order is Order.NAME
    ranked = [(rank, one) for one in sources if (rank := _rank(one, text)) is not None]
    ordered = sorted(ranked, key=lambda pair: (pair[1].file_name.lower(), pair[1].label))
    if not by_name:
        ordered.sort(key=lambda pair: -pair[1].touched)
    return [one for _, one in sorted(ordered, key=lambda pair: pair[0])]


def _rank(source: Source, text: str) -> int | None:
    """Tell how well a source fits a search: by its name, by what was made from it, by its checksum."""
    name = source.file_name.lower()
    if text in name:
        return 0 if name.startswith(text) else 1
    if any(text in made.name.lower() for made in source.made):
        return 2
    return 3 if source.digest.startswith(text) else None
