"""The JSON interface below ``/api/v1`` of what is told to a channel's users: notices, and who was told of a change."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.moments import Moment, meant
from ownconda.channels.opening import milliseconds
from ownconda.channels.telling.announced import Announced, announced, note_announced
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import caller_of
from ownconda.forge.json_bodies import json_body, text, texts, whole
from ownconda.forge.queries import number
from ownconda.forge.services import Services
from ownconda.repodata.notices import Level, Notice, notices_json

DAYS = 30
"""How long a notice is shown when nobody says it."""

_DAY = 24 * 3600 * 1000
Does = Callable[[Services, str, Mapping[str, Any], str], dict[str, Any]]


def routes(services: Services) -> list[Route]:
    """Give the routes of notices and announcements."""
    below = "/api/v1/channels/{channel}"

    def notices(request: Request) -> Response:
        channel = _channel(services, request)
        return JSONResponse(_told(services.noticeboard.current(channel, now=milliseconds())))

    def announcements(request: Request) -> Response:
        channel = _channel(services, request)
        before, after = (number(request, key) for key in ("from", "to"))
        found = announced(services.channels.ledger.engine, channel, before, after)
        return JSONResponse({"targets": list(found.targets)})

    return [
        Route(f"{below}/notices", notices),
        Route(f"{below}/notices", _noting(services, _post), methods=["POST"]),
        Route(f"{below}/notices/remove", _noting(services, _remove), methods=["POST"]),
        Route(f"{below}/announcements", announcements),
        Route(f"{below}/announcements", _noting(services, _announced), methods=["POST"]),
    ]


def _noting(services: Services, does: Does) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await json_body(request)
        channel = await run_in_threadpool(_channel, services, request)
        return JSONResponse(await run_in_threadpool(does, services, channel, body, caller_of(request).name))

    return endpoint


def _post(services: Services, channel: str, body: Mapping[str, Any], author: str) -> dict[str, Any]:
    now = milliseconds()
    notice = services.noticeboard.post(
        channel,
        text(body, "message"),
        level=_level(text(body, "level", default=Level.INFO.value)),
        expires_at=_end(text(body, "expires", default=""), now),
        author=author,
        now=now,
    )
    return _told([notice])


def _remove(services: Services, channel: str, body: Mapping[str, Any], author: str) -> dict[str, Any]:  # noqa: ARG001  (as the others)
    services.noticeboard.remove(channel, text(body, "id"), now=milliseconds())
    return {"notices": []}


def _announced(services: Services, channel: str, body: Mapping[str, Any], author: str) -> dict[str, Any]:
    before, after = (whole(body.get(key), key) for key in ("from", "to"))
    for snapshot in (before, after):
        services.channels.snapshot(snapshot)
    change = Announced(channel=channel, before=before, after=after, targets=texts(body, "targets"))
    note_announced(services.channels.ledger.engine, change, author=author, at=milliseconds())
    return {"targets": list(change.targets)}


def _channel(services: Services, request: Request) -> str:
    """Give the channel that is asked for. Raises MissingError."""
    return services.channels.charter(request.path_params["channel"]).name


def _level(given: str) -> Level:
    try:
        return Level(given)
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"'level' has to be one of {', '.join(Level)}") from error


def _end(given: str, now: int) -> int:
    """Tell when a notice expires: a date means the end of that day."""
    if not given:
        return now + DAYS * _DAY
    moment = meant(given)
    if not isinstance(moment, Moment):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'expires' has to be a date such as 2026-11-20")
    return moment.at


def _told(notices: list[Notice] | tuple[Notice, ...]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(notices_json(notices, now=datetime.fromtimestamp(0, UTC)))
    return told
