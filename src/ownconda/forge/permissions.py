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
from ownconda.forge.identity import (
    SAFE,
    channel_meant,
    docs_of,
    presented,
    recognised,
    refuse_foreign_page,
    require,
)
from ownconda.forge.leadership import refuse_at_follower
from ownconda.forge.limiting import check_rate
from ownconda.forge.private_answers import asked_again, privately
from ownconda.forge.queries import check_names
from ownconda.forge.services import Services

EVERYBODY = None
"""Nothing is asked: what a route tells is no secret, or it asks itself."""

_CHANNEL = "/api/v1/channels/{channel}"
PERMISSIONS: Mapping[tuple[str, str], Action | None] = MappingProxyType(
    {
        ("GET", "/healthz"): EVERYBODY,
        ("GET", "/api/v1/openapi.json"): EVERYBODY,
        ("GET", "/metrics"): Action.WATCH,
        ("GET", "/"): EVERYBODY,  # lists the channels that somebody may read
        ("GET", "/forge.css"): EVERYBODY,
        ("GET", "/forge.js"): EVERYBODY,
        ("GET", "/packages/{channel}/{name}"): Action.READ,
        ("GET", "/history/{channel}"): Action.READ,
        ("GET", "/history/{channel}/diff"): Action.READ,
        ("POST", "/api/oidc/mint_token"): EVERYBODY,  # asks for an id token
        ("GET", "/api/v1/login"): EVERYBODY,
        ("POST", "/api/v1/logout"): EVERYBODY,  # who has a token may end it
        ("GET", "/conda/{channel}"): Action.READ,
        ("GET", "/conda/{channel}/"): Action.READ,
        ("GET", "/conda/{channel}/{path:path}"): Action.READ,
        ("GET", "/sources"): Action.READ,
        ("GET", "/sources/"): Action.READ,  # lists what somebody may know of
        ("GET", "/sources/{checksum}/{file}"): Action.READ,
        ("PUT", "/sources/{checksum}/{file}"): Action.UPLOAD,
        ("GET", "/docs"): EVERYBODY,
        ("GET", "/docs/"): EVERYBODY,  # lists the projects whose documentation somebody may read
        ("GET", "/api/v1/docs"): EVERYBODY,  # likewise
        ("GET", "/docs/{project}"): Action.READ,
        ("GET", "/docs/{project}/"): Action.READ,
        ("GET", "/docs/{project}/versions.json"): Action.READ,
        ("GET", "/docs/{project}/switcher.js"): Action.READ,
        ("GET", "/docs/{project}/{version}"): Action.READ,
        ("GET", "/docs/{project}/{version}/{path:path}"): Action.READ,
        ("PUT", "/docs/{project}/{version}"): Action.UPLOAD,
        ("POST", "/docs/{project}/{version}"): Action.UPLOAD,
        ("DELETE", "/docs/{project}/{version}"): Action.MANAGE,
        ("GET", "/upload/{channel}"): Action.UPLOAD,
        ("POST", "/upload/{channel}"): Action.UPLOAD,
        ("POST", "/upload/{channel}/there"): Action.UPLOAD,
        ("POST", "/api/v1/upload/{channel}"): Action.UPLOAD,
        ("POST", "/api/channels/{channel}/upload/{file}"): Action.UPLOAD,
        ("POST", "/api/channels/{channel}/files/"): Action.UPLOAD,
        ("GET", "/api/v1/channels"): EVERYBODY,  # lists those that somebody may read
        ("POST", "/api/v1/channels"): EVERYBODY,  # asks whether one may create what the body names
        ("GET", "/api/v1/access/channels"): Action.ADMINISTER,
        ("GET", "/api/v1/access/names/{channel}/{name}"): Action.ADMINISTER,
        ("GET", f"{_CHANNEL}/access"): EVERYBODY,  # this and the next two ask whether it is one's channel
        ("POST", f"{_CHANNEL}/allow"): EVERYBODY,
        ("POST", f"{_CHANNEL}/disallow"): EVERYBODY,
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
        ("GET", "/api/v1/whence/{sha256}"): EVERYBODY,  # likewise
        ("POST", "/api/v1/reports"): Action.UPLOAD,
        ("POST", "/api/v1/tests"): Action.UPLOAD,
        ("POST", "/api/v1/certificates/token"): EVERYBODY,  # who calls is what it finds out
        ("POST", "/api/v1/purge"): Action.PURGE,
        ("GET", "/api/v1/history"): Action.FOLLOW,
        ("GET", "/api/v1/history/bytes/{sha256}"): Action.FOLLOW,
        ("POST", "/api/v1/take-over"): Action.ADMINISTER,
        ("POST", "/api/v1/media"): Action.ADMINISTER,
        ("PUT", "/api/v1/media/{sha256}"): Action.ADMINISTER,
        ("GET", "/api/v1/audit"): Action.ADMINISTER,
        ("POST", "/api/v1/access/revoke"): Action.ADMINISTER,
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
        request.state.route = self._path
        refuse_foreign_page(request, self._services)
        shown = presented(request, self._services.proxies)
        remembered = not shown.token or self._services.tokens.remembers(shown.token)
        if remembered and not shown.certificate:
            caller = recognised(shown, self._services)
        else:  # a disk or another server may have to be asked
            caller = await run_in_threadpool(recognised, shown, self._services)
        request.state.caller = caller
        if request.method not in SAFE:
            check_rate(caller, self._services)
        question = question_of(request.method, self._path, await self._channel(request, caller))
        if question is not None:
            require(caller, self._services, question)
        if self._is_private(caller, question):
            send = privately(send)
        check_names(request, self._path)
        await refuse_at_follower(request, self._path, self._services)
        await self._app(scope, receive, asked_again(send))

    def _is_private(self, caller: Caller, question: Question | None) -> bool:
        """Tell whether nobody else may have the answer: where all are answered, each is told of what they may see."""
        if question is None:
            return caller.is_known
        return not self._services.access.decide(Caller(), question).allowed

    async def _channel(self, request: Request, caller: Caller) -> str:
        """Give the channel that a request is about; only a snapshot's number has to be looked up."""
        if "project" in request.path_params:
            return docs_of(request.path_params["project"])
        named = request.path_params.get("channel", "")
        if named.isdecimal():
            return await run_in_threadpool(channel_meant, caller, self._services, named)
        return channel_meant(caller, self._services, named)


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
