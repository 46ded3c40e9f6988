"""A short-lived token for whoever proves to hold a certificate's key: most clients can't show a certificate itself."""

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.identities import NotRecognisedError
from ownconda.access.proofs import Proof, check_proof, read_proof
from ownconda.access.tokens import Token, make_token
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import presented
from ownconda.forge.json_bodies import json_body, text
from ownconda.forge.services import Services

MILLISECONDS_LASTING = 8 * 3600 * 1000
MILLISECONDS_REMEMBERED = 24 * 3600 * 1000
"""How long a token that expired is told to have: later it is unknown."""


def routes(services: Services) -> list[Route]:
    """Give the route at which proofs are exchanged for tokens."""

    async def exchange(request: Request) -> Response:
        body = await json_body(request)
        sent = [text(body, key) for key in ("certificate", "statement", "signature")]
        address = presented(request, services.proxies).address
        made, token = await run_in_threadpool(_exchanged, sent, address, services)
        ends = datetime.fromtimestamp(token.expires / 1000, UTC).isoformat(timespec="seconds")
        headers = {"Cache-Control": "no-store"}
        return JSONResponse({"token": made, "name": token.name, "expires": ends}, headers=headers)

    return [Route("/api/v1/certificates/token", exchange, methods=["POST"])]


def _exchanged(sent: list[str], address: str, services: Services) -> tuple[str, Token]:
    if not services.public_url:
        hint = "the operator sets forge.public_url: a proof for one forge is no proof for another"
        raise RequestError(HTTPStatus.CONFLICT, "this forge doesn't know by which address clients see it", hint=hint)
    try:
        return _token_for(read_proof(*sent), address, services)
    except NotRecognisedError as error:
        problem = error.problems[0]
        raise RequestError(HTTPStatus.FORBIDDEN, problem.what, hint=problem.hint) from error


def _token_for(proof: Proof, address: str, services: Services) -> tuple[str, Token]:
    now = services.channels.now()
    caller = services.certificates.holder(proof.certificate, address)
    statement = check_proof(proof, audience=services.public_url, at=now // 1000)
    services.proofs.use(statement, holder=caller.name, at=now // 1000)
    ends = min(now + MILLISECONDS_LASTING, round(proof.certificate.not_valid_after_utc.timestamp() * 1000))
    made, token = make_token(caller.name, at=now, expires=ends, stands_for=replace(caller, address=""))
    services.tokens.forget_expired(now - MILLISECONDS_REMEMBERED)
    services.tokens.add(token)
    return made, token
