"""The JSON interface below ``/api/v1/tokens``: tokens made, listed and revoked."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.callers import Caller, Scope, read_scope
from ownconda.access.giving import latest_end
from ownconda.access.lifetimes import DEFAULT_HOURS, end_of
from ownconda.access.tokens import Token, make_token
from ownconda.forge.answers import RefusedError, RequestError
from ownconda.forge.identity import caller_of
from ownconda.forge.json_bodies import json_body, optional_number, text, texts
from ownconda.forge.services import Services

_SECRET = {"Cache-Control": "no-store"}


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    def listed(_: Request) -> Response:
        return JSONResponse({"tokens": [token.fields() for token in services.tokens.all()]})

    async def create(request: Request) -> Response:
        body = await json_body(request)
        made, token = await run_in_threadpool(_made, services, caller_of(request), body)
        return JSONResponse({"token": made, **token.fields()}, HTTPStatus.CREATED, headers=_SECRET)

    async def revoke(request: Request) -> Response:
        name = text(await json_body(request), "name")
        gone = await run_in_threadpool(services.tokens.meant, name)
        digests = [token.sha256 for token in gone]
        await run_in_threadpool(services.tokens.revoke, digests, by=caller_of(request).name)
        return JSONResponse({"tokens": [token.fields() for token in gone]})

    return [
        Route("/api/v1/tokens", listed, methods=["GET"]),
        Route("/api/v1/tokens", create, methods=["POST"]),
        Route("/api/v1/tokens/revoke", revoke, methods=["POST"]),
    ]


def _made(services: Services, caller: Caller, body: Mapping[str, Any]) -> tuple[str, Token]:
    scope, hours, now = _scope(body), optional_number(body, "hours"), services.channels.now()
    if beyond := services.access.excess(caller, scope):
        what = f"{caller.name} may not {beyond} and so can't give it"
        raise RefusedError(HTTPStatus.FORBIDDEN, what, hint="a token may at most what its maker may")
    expires = latest_end(caller, end_of(DEFAULT_HOURS if hours is None else hours, now))
    made, token = make_token(text(body, "name"), at=now, expires=expires, scope=scope, author=caller.name)
    services.tokens.add(token)
    return made, token


def _scope(body: Mapping[str, Any]) -> Scope:
    may, channels, names = texts(body, "may"), texts(body, "channels"), texts(body, "names")
    if not may or "" in (*channels, *names):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'may' has to name actions, and no channel or name may be empty")
    return read_scope(may, channels or ("*",), names or ("*",))
