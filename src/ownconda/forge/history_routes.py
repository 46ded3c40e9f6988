"""The JSON interface ``/api/v1/history``: a stretch of the forge's history for another forge, and the bytes of it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.transfers.reading import listed_at, read_stretch
from ownconda.channels.transfers.transfer import Transfer, written
from ownconda.channels.upkeep.backup import beside
from ownconda.channels.upkeep.garbage import shown_beside
from ownconda.forge.answers import RequestError
from ownconda.forge.json_bodies import json_body
from ownconda.forge.leadership import take_lead
from ownconda.forge.queries import flag, number
from ownconda.forge.services import Services
from ownconda.stores.store import LostError

ASK_AGAIN = "what was purged or has expired meanwhile is gone: run the same command again"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def routes(services: Services) -> list[Route]:
    """Give the routes."""
    around = _Beside(services.folder)

    def history(request: Request) -> Response:
        since, chosen = number(request, "since", default=0), request.query_params.getlist("channel")
        whole, engine = flag(request, "whole", default=False), services.channels.ledger.engine
        transfer = read_stretch(
            engine,
            services.channels.store,
            since=since,
            channels=chosen,
            beside=around.now(),
            at=services.channels.now(),
            whole=whole,
            tested_since=number(request, "told", default=0),
        )
        if whole:
            known = listed_at(engine, since, chosen) | around.before(_begin(transfer))
            sizes = {sha256: size for sha256, size in transfer.sizes.items() if sha256 not in known}
            transfer = replace(transfer, sizes=sizes)
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


def _begin(transfer: Transfer) -> int:
    """Give the time of the newest snapshot before a stretch: whoever has that has what lay beside packages then."""
    return max([one.before.at for one in transfer.stretches if one.before], default=0)


def _tag(transfer: Transfer) -> str:
    text = json.dumps(written(replace(transfer, at=0)), sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'


class _Beside:
    """What lies beside packages, looked for anew when something there has changed."""

    def __init__(self, folder: ForgeFolder) -> None:
        self._folder = folder
        self._seen: frozenset[tuple[Path, int, int]] | None = None
        self._told: Mapping[str, str] = {}

    def now(self) -> Mapping[str, str]:
        facts = {path: path.stat() for path in shown_beside(self._folder)}
        seen = frozenset((path, one.st_ino, one.st_mtime_ns) for path, one in facts.items())
        if seen != self._seen:
            self._told, self._seen = beside(self._folder), seen
        return self._told

    def before(self, at: int) -> frozenset[str]:
        """Give the sha256 of what lies there since before a time in milliseconds since 1970."""
        public = self._folder.public
        times = {place: (public / place).stat() for place in self.now()}
        return frozenset(
            self._told[place] for place, one in times.items() if max(one.st_mtime_ns, one.st_ctime_ns) // 1_000_000 < at
        )
