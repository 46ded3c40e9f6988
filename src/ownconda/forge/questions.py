"""The JSON interface below ``/api/v1`` of larger questions: where a package is used, whether a channel is sound."""

import re
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.opening import milliseconds
from ownconda.channels.telling.channel_checking import Checked, check_channel
from ownconda.channels.telling.reports import KINDS, Report, take_report
from ownconda.channels.telling.where_used import Listed, where_used
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.json_bodies import json_body, text, text_table
from ownconda.forge.queries import flag
from ownconda.forge.services import Services
from ownconda.forge.told import moment

LARGEST_REPORT = 16 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    def used(request: Request) -> Response:
        names = readable_by(caller_of(request), services, services.channels.names())
        found = where_used(services.channels.ledger, request.query_params.get("spec", ""), channels=names)
        told = {
            "chosen": [_listed(one) for one in found.chosen],
            "dependents": [_listed(one) for one in found.dependents],
            "carriers": [_listed(one) for one in found.carriers],
            "holders": [_report(one) for one in found.holders],
        }
        return JSONResponse(told)

    def check(request: Request) -> Response:
        gate = services.gate if flag(request, "solve", default=True) else None
        deep = flag(request, "deep", default=False)
        return JSONResponse(_checked(check_channel(services.channels, _channel(request), gate, deep=deep)))

    async def report(request: Request) -> Response:
        body = await json_body(request, largest=LARGEST_REPORT)
        given = _given(body, caller_of(request).name)
        await run_in_threadpool(take_report, services.channels.ledger.engine, given)
        return JSONResponse(_report(given))

    return [
        Route("/api/v1/where-used", used),
        Route("/api/v1/channels/{channel}/check", check),
        Route("/api/v1/reports", report, methods=["POST"]),
    ]


def _channel(request: Request) -> str:
    return str(request.path_params["channel"])


def _given(body: dict[str, Any], author: str) -> Report:
    kind, files = text(body, "kind"), text_table(body, "files")
    if kind not in KINDS:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"'kind' has to be one of {', '.join(KINDS)}")
    if not all(map(_SHA256.fullmatch, files.values())):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'files' has to give the sha256 of each file name")
    name = text(body, "name").strip()
    if not name:
        raise RequestError(HTTPStatus.BAD_REQUEST, "'name' has to say what holds the files")
    return Report(kind=kind, name=name, author=author, at=milliseconds(), files=files)


def _listed(one: Listed) -> dict[str, Any]:
    record = one.record
    return {
        "path": record.path,
        "name": record.name,
        "version": record.version,
        "build": record.build,
        "needs": list(one.needs),
        "copies": list(one.copies),
        "listed": [{"channel": span.channel, "from": span.since, "until": span.until} for span in one.spans],
    }


def _report(one: Report) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "author": one.author, "at": moment(one.at), "files": dict(one.files)}


def _checked(found: Checked) -> dict[str, Any]:
    problems = [{"what": str(problem), "hint": problem.hint} for problem in found.problems]
    return {"snapshot": found.snapshot.id, "packages": found.packages, "problems": problems}
