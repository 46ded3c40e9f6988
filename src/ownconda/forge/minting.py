"""Short-lived tokens for id tokens, as prefix.dev mints them: what rattler-build and pixi call trusted publishing."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ownconda.access.callers import Caller
from ownconda.access.identities import Presented
from ownconda.access.identities.issuers import Kind
from ownconda.access.tokens import make_token
from ownconda.forge.identity import caller_of, presented, vouched_for
from ownconda.forge.json_bodies import json_body, text
from ownconda.forge.services import Services
from ownconda.forge.told import moment

LARGEST_BODY = 64 << 10
MINUTES = 30
MINUTES_OF_PEOPLE = 12 * 60


def routes(services: Services) -> list[Route]:
    """Give the route: ``{"token": "<id token>"}`` is answered by the text of a token that stands for the same caller.

    Only an id token gets one, never a token that was minted, so nobody goes on beyond what their issuer says.
    """

    async def mint(request: Request) -> Response:
        body = await json_body(request, largest=LARGEST_BODY)
        shown = Presented(token=text(body, "token"), address=presented(request, services.proxies).address)
        caller = await run_in_threadpool(vouched_for, shown, services)
        minted = await run_in_threadpool(_minted, caller, services)
        return PlainTextResponse(minted, headers={"Cache-Control": "no-store"})

    def login(request: Request) -> Response:
        """Tell where people log in, who asks, and until when their token is good."""
        people = [one for one in services.id_tokens.issuers if one.kind is Kind.PEOPLE]
        issuers = [{"url": one.url, "client_id": one.audience} for one in people]
        caller = caller_of(request)
        expires = moment(caller.expires) if caller.expires else None
        return JSONResponse({"issuers": issuers, "you": caller.name, "expires": expires})

    async def logout(request: Request) -> Response:
        """End a token that was minted; one that is none is ended already."""
        ended = text(await json_body(request, largest=LARGEST_BODY), "token")
        await run_in_threadpool(_end, ended, services)
        return JSONResponse({})

    return [
        Route("/api/oidc/mint_token", mint, methods=["POST"]),
        Route("/api/v1/login", login),
        Route("/api/v1/logout", logout, methods=["POST"]),
    ]


def _minted(caller: Caller, services: Services) -> str:
    now, person = services.channels.now(), any(one.startswith("person:") for one in caller.principals)
    expires = now + (MINUTES_OF_PEOPLE if person else MINUTES) * 60_000
    services.tokens.forget_expired(now)
    minted, token = make_token(caller.name, at=now, expires=expires, stands_for=caller)
    services.tokens.add(token)
    return minted


def _end(ended: str, services: Services) -> None:
    token = services.tokens.find(ended)
    if token is not None and token.principals:
        services.tokens.revoke([token.sha256])
