"""The addresses that a recipe itself gives for an archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from ownconda.sources.contents import NotHereError, Web
from ownconda.sources.places import Offer
from ownconda.sources.source import Source
from ownconda.wires.http import redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAddress:
    """Wherever upstream has put it; ``files_only`` leaves other hosts alone."""

    web: Web
    files_only: bool = False

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return "its own address"

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give each of the source's addresses that can be opened as it stands."""
        urls = [url for url in source.own_addresses if not self.files_only or url.startswith("file:")]
        if self.files_only and not urls:
            raise NotHereError("not asked: offline")
        for url in urls:
            yield Offer(address=redacted(url), open=partial(self.web.open, url))
