"""The page of sources: the upstream archives that the forge keeps, and which packages were made from them."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ownconda.channels.channels import Channels
from ownconda.channels.snapshots import BrokenChannelError, State
from ownconda.channels.upkeep.unused_sources import kept_sources
from ownconda.conda.package_about import SOURCES
from ownconda.forge.compressed import compressed
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.listing import Order, Wanted
from ownconda.forge.pages import wanted_of
from ownconda.forge.services import Services
from ownconda.forge.source_listing import Made, Source, source_listing, visible
from ownconda.forge.templates import page
from ownconda.forge.told import moment

MOST_SHOWN = 6
"""Packages that are named of those that were made from a source before the others are folded."""

_NAMED = f'"{SOURCES}":'


def routes(services: Services) -> list[Route]:
    """Give the routes of the page."""
    users = _Users(services.channels)

    def sources(request: Request) -> Response:
        names = services.channels.names()
        readable = readable_by(caller_of(request), services, names)
        kept = _kept(services)
        known = visible(kept, users.of(readable), everything=len(readable) == len(names))
        wanted = wanted_of(request)
        values = {
            "total": len(known),
            "size": sum({(one.digest, one.size): one.size for one in known}.values()),
            "wanted": wanted,
            "listing": source_listing(known, wanted),
            "query": lambda **changed: _query(wanted, **changed),
            "most_shown": MOST_SHOWN,
            "moment": moment,
        }
        return page(request, "sources.html", values)

    async def with_slash(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", HTTPStatus.PERMANENT_REDIRECT)

    return [Route("/sources", with_slash), Route("/sources/", sources, middleware=compressed())]


class _Users:
    """The packages that channels list by the checksums of what they were made from; may be asked from any thread."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._making = threading.Lock()
        self._known: dict[str, tuple[int, Mapping[str, Sequence[Made]]]] = {}

    def of(self, channels: Iterable[str]) -> Mapping[str, Sequence[Made]]:
        """Give those of some channels; what several of them list is told of the first."""
        found: defaultdict[str, dict[tuple[str, str], Made]] = defaultdict(dict)
        for channel in channels:
            for digest, made in self._in(channel).items():
                for one in made:
                    found[digest].setdefault((one.name, one.version), one)
        return {digest: tuple(made.values()) for digest, made in found.items()}

    def _in(self, channel: str) -> Mapping[str, Sequence[Made]]:
        try:
            state = self._channels.state(channel)
        except BrokenChannelError:
            return {}
        with self._making:
            snapshot, made = self._known.get(channel, (0, {}))
            if snapshot != state.snapshot.id:
                made = _made_in(channel, state)
                self._known[channel] = state.snapshot.id, made
        return made


def _made_in(channel: str, state: State) -> Mapping[str, Sequence[Made]]:
    found: defaultdict[str, dict[tuple[str, str], Made]] = defaultdict(dict)
    for entry in state.contents.values():
        record = entry.record
        if _NAMED not in record.about:
            continue
        address = f"/packages/{quote(channel)}/{quote(record.name)}?file={quote(entry.path)}"
        made = Made(name=record.name, version=record.version, page=address)
        for digest in json.loads(record.about)[SOURCES]:
            found[digest].setdefault((made.name, made.version), made)
    return {digest: tuple(made.values()) for digest, made in found.items()}


def _kept(services: Services) -> list[Source]:
    return [
        Source(
            label=one.place.parent.name,
            digest=one.digest,
            file_name=one.place.name,
            size=one.size,
            touched=one.touched,
        )
        for one in kept_sources(services.folder.sources, {})
    ]


def _query(wanted: Wanted, *, number: int = 1, search: str | None = None, order: str | None = None) -> str:
    """Write the address, below the page's, of what is wanted."""
    order = wanted.order.value if order is None else order
    given = {"q": wanted.search if search is None else search}
    given |= {"order": order} if order != Order.NEWEST.value else {}
    given |= {"page": str(number)} if number > 1 else {}
    return f"?{urlencode({key: value for key, value in given.items() if value})}"
