"""Places where archives are looked for; each way is one file, and one test suite runs over all of them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ownconda.sources.contents import Content
from ownconda.sources.source import Source


class Opening(Protocol):
    """Opens an archive from its byte ``start`` on; who can't begin in the middle gives all of it, and says so."""

    def __call__(self, start: int = 0, /) -> AbstractContextManager[Content]:
        """Raise NotHereError, BrokenOffError, or another OutsideError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An address at which a place may have an archive, as it may be told (without credentials).

    Nothing is fetched before ``open`` is called.
    """

    address: str
    open: Opening


class Place(Protocol):
    """Somewhere archives are kept. It promises nothing about the bytes: the checksum decides.

    ::

        for offer in place.offers(source):
            with offer.open() as content:
                for chunk in content.chunks: ...
    """

    @property
    def name(self) -> str:
        """What the place is called in messages."""

    def offers(self, source: Source) -> Iterable[Offer]:
        """Give what the place may have, the likeliest first.

        Raises NotHereError when it surely hasn't the archive, another OutsideError when it can't tell.
        """
