"""Short-lived tokens for id tokens, as prefix.dev mints them: what rattler-build and pixi call trusted publishing."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ownconda.access.callers import Caller
from ownconda.access.identities import Presented
from ownconda.access.tokens import make_token
from ownconda.forge.identity import vouched_for
from ownconda.forge.json_bodies import json_body, text
from ownconda.forge.services import Services

LARGEST_BODY = 64 << 10
MINUTES = 30


def routes(services: Services) -> list[Route]:
    """Give the route: ``{"token": "<id token>"}`` is answered by the text of a token that stands for the same caller.

    Only an id token gets one, never a token that was minted, so nobody goes on beyond what their issuer says.
    """

    async def mint(request: Request) -> Response:
        body = await json_body(request, largest=LARGEST_BODY)
        address = request.client.host if request.client else ""
        shown = Presented(token=text(body, "token"), address=address)
        caller = await run_in_threadpool(vouched_for, shown, services)
        minted = await run_in_threadpool(_minted, caller, services)
        return PlainTextResponse(minted, headers={"Cache-Control": "no-store"})

    return [Route("/api/oidc/mint_token", mint, methods=["POST"])]


def _minted(caller: Caller, services: Services) -> str:
    now = services.channels.now()
    services.tokens.forget_expired(now)
    minted, token = make_token(caller.name, at=now, expires=now + MINUTES * 60_000, stands_for=caller)
    services.tokens.add(token)
    return minted
