"""The pages for people: the forge, and each channel with its packages and its past."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.opening import milliseconds
from ownconda.forge import history_pages, package_pages
from ownconda.forge.catalogues import Catalogue, Catalogues
from ownconda.forge.compressed import compressed
from ownconda.forge.history_pages import told_steps
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.installers import listed_installers
from ownconda.forge.listing import Order, Wanted, listing
from ownconda.forge.services import Services
from ownconda.forge.tar_bz2_files import is_tar_bz2
from ownconda.forge.templates import asset, page
from ownconda.forge.told import caches_json, moment, summaries

SHORT_HISTORY = 5
LONGEST_PAGE_NUMBER = 9


def routes(services: Services) -> list[Route]:
    """Give the routes of the pages."""
    channels, catalogues = services.channels, Catalogues(services.channels)

    def root(request: Request) -> Response:
        names = readable_by(caller_of(request), services, channels.names())
        kept = readable_by(caller_of(request), services, services.caches.terms)
        values = {
            "channels": summaries(channels, names),
            "unavailable": tuple(name for name in channels.unavailable() if name in names),
            "names": names,
            "caches": [one for one in caches_json(services.caches) if one["name"] in kept],
        }
        return page(request, "forge.html", values)

    def channel_page(request: Request) -> Response:
        name = request.path_params["channel"]
        if name in services.caches.terms:
            [cache] = (one for one in caches_json(services.caches) if one["name"] == name)
            return page(request, "cache.html", {"name": name, "cache": cache})
        if is_tar_bz2(services, name):
            return RedirectResponse(f"/conda/{name.removesuffix(TAR_BZ2)}/")
        return page(request, "channel.html", _channel(services, catalogues.of(name), name, wanted_of(request)))

    def to_channel_page(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", status_code=308)

    return [
        Route("/", root, middleware=compressed()),
        Route("/forge.css", asset("forge.css", "text/css"), middleware=compressed()),
        Route("/forge.js", asset("forge.js", "text/javascript"), middleware=compressed()),
        Route("/conda/{channel}", to_channel_page),
        Route("/conda/{channel}/", channel_page, middleware=compressed()),
        *package_pages.routes(services, catalogues),
        *history_pages.routes(services, catalogues),
    ]


def _channel(services: Services, catalogue: Catalogue, name: str, wanted: Wanted) -> dict[str, Any]:
    channel = catalogue.snapshot.channel
    found = listing(catalogue.packages, wanted)
    return {
        "name": name,
        "origin": channel,
        "then": None if name in services.channels.names() else catalogue.snapshot,
        "catalogue": catalogue,
        "wanted": wanted,
        "listing": found,
        "query": lambda **changed: _query(replace(wanted, **{"number": 1, **changed})),
        "example": "python" if "python" in catalogue.packages else min(catalogue.packages, default="PACKAGE"),
        "notices": services.noticeboard.current(channel, now=milliseconds()),
        "installers": listed_installers(services.folder.channel(channel)),
        "history": told_steps(services, channel, services.channels.history(channel, limit=SHORT_HISTORY)),
        "terms": catalogue.state.terms,
        "moment": moment,
    }


def wanted_of(request: Request) -> Wanted:
    """Read what a page is asked to list; what can't be meant is taken for nothing."""
    asked = request.query_params
    number = asked.get("page", "1")
    return Wanted(
        search=asked.get("q", "").strip(),
        subdir=asked.get("subdir", ""),
        order=Order.NAME if asked.get("order") == Order.NAME else Order.NEWEST,
        number=int(number) if number.isdecimal() and len(number) <= LONGEST_PAGE_NUMBER else 1,
    )


def _query(wanted: Wanted) -> str:
    """Write the address, below a channel's, of what is wanted."""
    given = {"q": wanted.search, "subdir": wanted.subdir}
    given |= {"order": "name" if wanted.order == Order.NAME else ""}
    given |= {"page": str(wanted.number) if wanted.number > 1 else ""}
    return "?" + urlencode({key: value for key, value in given.items() if value})
