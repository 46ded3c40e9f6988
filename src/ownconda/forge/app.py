"""The application: all routes over one forge's services."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ownconda.errors import OutsideError, Where
from ownconda.forge import (
    acting,
    api,
    audit_routes,
    brought_names,
    certificate_tokens,
    channel_files,
    download_figures,
    history_routes,
    media_routes,
    metrics,
    minting,
    news,
    own_channels,
    pages,
    questions,
    revoking,
    site_files,
    site_pages,
    site_routes,
    source_pages,
    tested,
    tidying,
    token_routes,
    uploads,
    whence,
)
from ownconda.forge.answers import HANDLERS
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.observing import Observing
from ownconda.forge.openapi import routes as openapi
from ownconda.forge.permissions import guard
from ownconda.forge.services import Services
from ownconda.forge.strict_transport import StrictTransport
from ownconda.forge.token_paths import TokenPaths


def make_app(services: Services) -> Starlette:
    """Make the application of an open forge."""
    figures = metrics.Metrics(services)
    routes = [
        Route("/healthz", _health(services)),
        *metrics.routes(figures),
        *openapi.routes(),
        *uploads.routes(services),
        *api.routes(services),
        *acting.routes(services),
        *tidying.routes(services),
        *token_routes.routes(services),
        *audit_routes.routes(services),
        *revoking.routes(services),
        *news.routes(services),
        *own_channels.routes(services),
        *brought_names.routes(services),
        *questions.routes(services),
        *whence.routes(services),
        *tested.routes(services),
        *download_figures.routes(services),
        *certificate_tokens.routes(services),
        *history_routes.routes(services),
        *media_routes.routes(services),
        *minting.routes(services),
        *site_routes.routes(services),
        *site_pages.routes(services),
        *site_files.routes(services),
        *source_pages.routes(services),
        *pages.routes(services),
        *channel_files.routes(services),
    ]
    app = Starlette(
        routes=guard(routes, services),
        exception_handlers=HANDLERS,
        middleware=[
            Middleware(TokenPaths),
            Middleware(Observing, metrics=figures),
            Middleware(_Security),
            Middleware(StrictTransport, public_url=services.public_url),
        ],
    )
    app.state.public_url = services.public_url
    app.state.audit = services.audit
    app.state.outage = services.channels.outage
    app.state.proxies = services.proxies
    return app


def _health(services: Services) -> Callable[[Request], Response]:
    def health(request: Request) -> Response:
        """Tell whether the forge's folder is there, and which channels are broken; the others go on."""
        services.channels.check_ledger()
        lost = [place for place in (services.folder.root, services.folder.public) if not place.exists()]
        if lost:
            raise OutsideError("the forge's folder has lost this", where=Where(file=lost[0].name))
        found = services.channels.unavailable()
        broken = {name: str(found[name]) for name in readable_by(caller_of(request), services, found)}
        return JSONResponse({"status": "ok"} | ({"unavailable": broken} if broken else {}))

    return health


class _Security:
    """Adds to every answer what keeps browsers from guessing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
            await send(message)

        await self._app(scope, receive, send_with_headers)
