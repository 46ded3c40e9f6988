"""The JSON interface below ``/api/v1`` of results of tests, which gates ask for."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.choosing import selected
from ownconda.channels.opening import milliseconds
from ownconda.channels.snapshots import BrokenChannelError
from ownconda.channels.tested import STATUSES, Status, Tested, results_with, take_results
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import caller_of
from ownconda.forge.json_bodies import json_body, text, texts
from ownconda.forge.services import Services
from ownconda.forge.told import moment
from ownconda.forge.unknown_names import refuse_unknown

LARGEST_RESULTS = 16 << 20
RESULT_FIELDS = frozenset({"package", "with", "status", "log"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"https?://\S+|")


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    async def take(request: Request) -> Response:
        author = caller_of(request).name
        body = await json_body(request, largest=LARGEST_RESULTS)
        results = [one for said in _results(body) for one in _tested(said, author, milliseconds())]
        await run_in_threadpool(take_results, services.channels.ledger.engine, results)
        return JSONResponse({"results": len(results)})

    def told(request: Request) -> Response:
        contents = services.channels.state_at(request.path_params["channel"]).contents
        chosen = selected(contents, tuple(request.query_params.getlist("spec")))
        found = results_with(services.channels.ledger.engine, {entry.record.sha256 for entry in chosen.values()})
        names = _names(services)
        return JSONResponse({"results": [_told(one, names) for one in found]})

    return [
        Route("/api/v1/tests", take, methods=["POST"]),
        Route("/api/v1/channels/{channel}/tests", told),
    ]


def _results(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    said = body.get("results")
    if not isinstance(said, list) or not said or not all(isinstance(one, dict) for one in said):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'results' has to be a list of objects")
    return said


def _tested(said: Mapping[str, Any], author: str, at: int) -> Iterator[Tested]:
    """Read a result: with each of the packages of ``with``, or of the package alone."""
    refuse_unknown("field of a result", said, RESULT_FIELDS)
    package, others, log = text(said, "package"), texts(said, "with"), text(said, "log", default="")
    if not all(map(_SHA256.fullmatch, (package, *others))):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'package' and 'with' have to name packages by their sha256")
    if not _ADDRESS.fullmatch(log):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'log' has to be an address that begins with http")
    status = _status(text(said, "status"))
    for other in others or (package,):
        yield Tested(package=package, together_with=other, status=status, log=log, author=author, at=at)


def _status(given: str) -> Status:
    for status in STATUSES:
        if status == given:
            return status
    raise RequestError(HTTPStatus.BAD_REQUEST, f"'status' has to be one of {', '.join(STATUSES)}")


def _names(services: Services) -> dict[str, str]:
    """Give the path of each package that a channel lists, by its sha256."""
    found: dict[str, str] = {}
    for name in services.channels.names():
        with contextlib.suppress(BrokenChannelError):
            contents = services.channels.state(name).contents
            found |= {entry.record.sha256: path for path, entry in contents.items()}
    return found


def _told(one: Tested, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "package": names.get(one.package, one.package),
        "with": names.get(one.together_with, one.together_with),
        "status": one.status,
        "log": one.log,
        "author": one.author,
        "at": moment(one.at),
    }
