"""The pages for people: the forge, and each channel."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.snapshots import Contents
from ownconda.channels.views import viewed
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.listing import listing
from ownconda.forge.services import Services
from ownconda.forge.tar_bz2_files import is_tar_bz2
from ownconda.forge.templates import page, style_sheet
from ownconda.forge.told import caches_json, moment, step_json, summaries, summary

SHORT_HISTORY = 10
LONGEST_PAGE_NUMBER = 9


def routes(services: Services) -> list[Route]:
    """Give the routes of the pages."""
    channels = services.channels

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
        then = None if name in channels.names() else viewed(channels, name)
        state = channels.state_of(then) if then else channels.state(name)
        search = request.query_params.get("q", "").strip()
        values = {
            "name": name,
            "then": then,
            "channel": summary(state),
            "listing": listing(state.contents.values(), search=search, number=_page_number(request)),
            "search": search,
            "example": _example(state.contents),
            "history": [step_json(step) for step in channels.history(state.snapshot.channel, limit=SHORT_HISTORY)],
            "moment": moment,
        }
        return page(request, "channel.html", values)

    async def to_channel_page(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", status_code=HTTPStatus.PERMANENT_REDIRECT)

    async def style(_: Request) -> Response:
        return Response(style_sheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})

    return [
        Route("/", root),
        Route("/forge.css", style),
        Route("/conda/{channel}", to_channel_page),
        Route("/conda/{channel}/", channel_page),
    ]


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_PAGE_NUMBER else 1


def _example(contents: Contents) -> str:
    """Give the name of a package that somebody may want to install."""
    names = {entry.record.name for entry in contents.values()}
    return "python" if "python" in names else min(names, default="PACKAGE")
