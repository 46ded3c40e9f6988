"""The forge as a place of archives: ``<forge>/sources/<checksum>/<file name>``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from ownconda.sources.contents import Web
from ownconda.sources.places import Offer
from ownconda.sources.source import Source
from ownconda.wires.http import redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """The organisation's own forge, which keeps what was ever built from."""

    url: str
    web: Web

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return f"the forge {redacted(self.url)}"

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give the one address that it can have there."""
        url = f"{self.url.rstrip('/')}/sources/{source.checksum.label}/{quote(source.file_name)}"
        yield Offer(address=redacted(url), open=partial(self.web.open, url))
