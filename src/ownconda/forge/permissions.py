"""What each route asks for before it is entered; a route that isn't in the table is the administrators'."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ownconda.access.actions import OF_THE_FORGE, Action
from ownconda.access.callers import Caller
from ownconda.access.rules import Question
from ownconda.forge.identity import presented, recognised, refuse_foreign_page, require
from ownconda.forge.private_answers import privately
from ownconda.forge.services import Services

EVERYBODY = None
"""Nothing is asked: what a route tells is no secret, or it asks itself."""

_CHANNEL = "/api/v1/channels/{channel}"
PERMISSIONS: Mapping[tuple[str, str], Action | None] = MappingProxyType(
    {
        ("GET", "/healthz"): EVERYBODY,
        ("GET", "/"): EVERYBODY,  # lists the channels that somebody may read
        ("GET", "/forge.css"): EVERYBODY,
        ("POST", "/api/oidc/mint_token"): EVERYBODY,  # asks for an id token
        ("GET", "/api/v1/login"): EVERYBODY,
        ("POST", "/api/v1/logout"): EVERYBODY,  # who has a token may end it
        ("GET", "/conda/{channel}"): Action.READ,
        ("GET", "/conda/{channel}/"): Action.READ,
        ("GET", "/conda/{channel}/{path:path}"): Action.READ,
        ("GET", "/sources/{checksum}/{file}"): Action.READ,
        ("PUT", "/sources/{checksum}/{file}"): Action.UPLOAD,
        ("GET", "/upload/{channel}"): Action.UPLOAD,
        ("POST", "/upload/{channel}"): Action.UPLOAD,
        ("POST", "/upload/{channel}/there"): Action.UPLOAD,
        ("POST", "/api/v1/upload/{channel}"): Action.UPLOAD,
        ("POST", "/api/channels/{channel}/upload/{file}"): Action.UPLOAD,
        ("POST", "/api/channels/{channel}/files/"): Action.UPLOAD,
        ("GET", "/api/v1/channels"): EVERYBODY,  # lists those that somebody may read
        ("GET", _CHANNEL): Action.READ,
        ("GET", f"{_CHANNEL}/history"): Action.READ,
        ("GET", f"{_CHANNEL}/diff"): Action.READ,
        ("GET", f"{_CHANNEL}/holds"): Action.READ,
        ("GET", f"{_CHANNEL}/tags"): Action.READ,
        ("GET", f"{_CHANNEL}/check"): Action.READ,
        ("GET", f"{_CHANNEL}/tests"): Action.READ,
        ("GET", f"{_CHANNEL}/downloads"): Action.READ,
        ("GET", f"{_CHANNEL}/notices"): Action.READ,
        ("GET", f"{_CHANNEL}/announcements"): Action.READ,
        ("POST", f"{_CHANNEL}/promote"): Action.PROMOTE,
        ("POST", f"{_CHANNEL}/rollback"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/revert"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/yank"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/unyank"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/hotfix"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/unprune"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/prune"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/hold"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/release"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/tag"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/untag"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/notices"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/notices/remove"): Action.MANAGE,
        ("POST", f"{_CHANNEL}/announcements"): Action.MANAGE,
        ("GET", "/api/v1/where-used"): EVERYBODY,  # tells of channels that somebody may read
        ("POST", "/api/v1/reports"): Action.UPLOAD,
        ("POST", "/api/v1/tests"): Action.UPLOAD,
        ("POST", "/api/v1/certificates/token"): EVERYBODY,  # who calls is what it finds out
        ("POST", "/api/v1/purge"): Action.PURGE,
        ("GET", "/api/v1/audit"): Action.ADMINISTER,
        ("GET", "/api/v1/tokens"): Action.ADMINISTER,
        ("POST", "/api/v1/tokens"): Action.ADMINISTER,
        ("POST", "/api/v1/tokens/revoke"): Action.ADMINISTER,
        ("POST", "/api/v1/gc"): Action.ADMINISTER,
        ("GET", "/api/v1/usage"): Action.ADMINISTER,
        ("GET", "/api/v1/downloads/logs"): Action.ADMINISTER,
        ("POST", "/api/v1/downloads/logs"): Action.ADMINISTER,
    }
)


class Guard:
    """Stands before a route: recognises who calls, and lets those through who may."""

    def __init__(self, route: Route, services: Services) -> None:
        self._app: ASGIApp = route.app
        self._path = route.path
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on. Raises RequestError."""
        request = Request(scope, receive)
        refuse_foreign_page(request, self._services)
        shown = presented(request, self._services.proxies)
        remembered = not shown.token or self._services.tokens.remembers(shown.token)
        if remembered and not shown.certificate:
            caller = recognised(shown, self._services)
        else:  # a disk or another server may have to be asked
            caller = await run_in_threadpool(recognised, shown, self._services)
        request.state.caller = caller
        question = question_of(request.method, self._path, await self._channel(request))
        if question is not None:
            require(caller, self._services, question)
            if not self._services.access.decide(Caller(), question).allowed:
                send = privately(send)
        await self._app(scope, receive, send)

    async def _channel(self, request: Request) -> str:
        """Give the channel that a request is about; only a snapshot's number has to be looked up."""
        named = request.path_params.get("channel", "")
        meant = self._services.channels.channel_meant
        return await run_in_threadpool(meant, named) if named.isdecimal() else meant(named)


def guard(routes: list[Route], services: Services) -> list[Route]:
    """Put a guard before each of these routes."""
    for route in routes:
        route.app = Guard(route, services)
    return routes


def question_of(method: str, path: str, channel: str) -> Question | None:
    """Tell what a request to a route's path asks for, None where nothing is to be allowed."""
    action = PERMISSIONS.get(("GET" if method == "HEAD" else method, path), Action.ADMINISTER)
    if action is EVERYBODY:
        return None
    return Question(action=action, channel="*" if action in OF_THE_FORGE else channel)
