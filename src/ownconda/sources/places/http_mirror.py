"""An HTTP mirror of archives: ``<base>/<checksum>/<file name>`` or ``<base>/<file name>``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from ownconda.sources.contents import Web
from ownconda.sources.places import Offer
from ownconda.sources.source import Source
from ownconda.wires.http import redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMirror:
    """A web server with archives, by checksum or simply by name."""

    url: str
    web: Web

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return f"the mirror {redacted(self.url)}"

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give the two addresses that it can have there."""
        base, file_name = self.url.rstrip("/"), quote(source.file_name)
        for url in (f"{base}/{source.checksum.label}/{file_name}", f"{base}/{file_name}"):
            yield Offer(address=redacted(url), open=partial(self.web.open, url))
