"""The JSON interface ``/api/v1/history``: a stretch of the forge's history for another forge, and the bytes of it."""

import hashlib
import json
import re
from dataclasses import replace
from http import HTTPStatus

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.ledger.beside import placed
from ownconda.channels.transfers.reading import listed_at, read_stretch
from ownconda.channels.transfers.transfer import Transfer, written
from ownconda.forge.answers import RequestError
from ownconda.forge.json_bodies import json_body
from ownconda.forge.leadership import take_lead
from ownconda.forge.queries import choice, flag, number
from ownconda.forge.services import Services
from ownconda.journeys.carried_access import access_along
from ownconda.stores.store import LostError

ASK_AGAIN = "what was purged or has expired meanwhile is gone: run the same command again"
NO_DOCS, NEW_DOCS, ALL_DOCS = "none", "new", "all"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    def history(request: Request) -> Response:
        since, chosen = number(request, "since", default=0), request.query_params.getlist("channel")
        whole, engine = flag(request, "whole", default=False), services.channels.ledger.engine
        docs = choice(request, "docs", (NO_DOCS, NEW_DOCS, ALL_DOCS))
        transfer = read_stretch(
            engine,
            services.channels.store,
            since=since,
            channels=chosen,
            beside_since=number(request, "beside", default=0),
            docs=docs != NO_DOCS,
            at=services.channels.now(),
            whole=whole,
            tested_since=number(request, "told", default=0),
        )
        if whole:
            known = listed_at(engine, since, chosen) | _before(engine, transfer, all_docs=docs == ALL_DOCS)
            sizes = {sha256: size for sha256, size in transfer.sizes.items() if sha256 not in known}
            transfer = replace(transfer, sizes=sizes)
        along = replace(transfer.standing, access=access_along(engine, transfer))
        transfer = replace(transfer, standing=along)
        tag = _tag(transfer)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return JSONResponse(written(transfer), headers={"ETag": tag})

    def content(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        try:
            if _SHA256.fullmatch(sha256):
                return FileResponse(services.channels.store.local(sha256))
        except LostError:
            pass
        raise RequestError(HTTPStatus.NOT_FOUND, "these bytes aren't here (any more)", hint=ASK_AGAIN)

    async def leading(request: Request) -> Response:
        await json_body(request)  # which says nothing
        before = await run_in_threadpool(take_lead, services)
        return JSONResponse({"followed": None if before is None else before.url})

    return [
        Route("/api/v1/history", history),
        Route("/api/v1/history/bytes/{sha256}", content),
        Route("/api/v1/take-over", leading, methods=["POST"]),
    ]


def _before(engine: Engine, transfer: Transfer, *, all_docs: bool) -> frozenset[str]:
    """Give the sha256 of what lay beside packages when a stretch began: whoever has what was then has that as well.

    With ``all_docs`` nobody is believed to have any documentation.
    """
    began = max([one.before.at for one in transfer.stretches if one.before], default=0)
    older = [one for one in placed(engine) if one.at < began]
    return frozenset(one.sha256 for one in older if not (all_docs and one.place.startswith("docs/")))


def _tag(transfer: Transfer) -> str:
    text = json.dumps(written(replace(transfer, at=0)), sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'
