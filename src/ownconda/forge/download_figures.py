"""The JSON interface below ``/api/v1`` of downloads: what was counted, and what an access log adds to it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.choosing import selected
from ownconda.channels.telling.downloads import (
    Downloaded,
    LogAddition,
    ReadLog,
    counted_days,
    day_of,
    downloads,
    logs_read,
    note_log,
)
from ownconda.errors import ConflictError
from ownconda.forge.answers import RequestError
from ownconda.forge.json_bodies import json_body, whole
from ownconda.forge.queries import number
from ownconda.forge.services import Services

LARGEST_LOG = 64 << 20
"""Bytes of a request: what a log comes to is much shorter than the log."""

DAYS = 30
"""How many days are told when nobody says it."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{1,18}")


def routes(services: Services) -> list[Route]:
    """Give the routes."""
    engine = services.channels.ledger.engine

    def figures(request: Request) -> Response:
        services.downloads.write()
        state = services.channels.state(request.path_params["channel"])
        days = number(request, "days", default=DAYS)
        since = day_of(services.channels.now()) - min(days, day_of(services.channels.now()))
        chosen = selected(state.contents, request.query_params.getlist("spec"))
        found = downloads(engine, state.snapshot.channel, since=since)
        told = [
            {"path": path, "size": chosen[path].record.size, "days": found.get(path, {})} for path in sorted(chosen)
        ]
        return JSONResponse(
            {"since": since, "counted": [day for day in counted_days(engine) if day >= since], "files": told}
        )

    def logs(request: Request) -> Response:
        read = logs_read(engine, request.query_params.get("begin", ""))
        return JSONResponse({"logs": [{"size": one.size, "sha256": one.sha256} for one in read]})

    async def count(request: Request) -> Response:
        if services.downloads.is_on:
            hint = "set forge.count_downloads = false where a web server's logs are counted, and start the forge again"
            raise ConflictError("this forge counts downloads itself: what it answers would count twice", hint=hint)
        body = await json_body(request, largest=LARGEST_LOG)
        addition = _addition(body)
        await run_in_threadpool(note_log, engine, addition)
        return JSONResponse({"counted": sum(addition.counts.values())})

    return [
        Route("/api/v1/channels/{channel}/downloads", figures),
        Route("/api/v1/downloads/logs", logs, methods=["GET"]),
        Route("/api/v1/downloads/logs", count, methods=["POST"]),
    ]


def _addition(body: Mapping[str, Any]) -> LogAddition:
    return LogAddition(
        known=frozenset(_log(one) for one in _list(body, "known")),
        before=None if body.get("before") is None else _log(body["before"]),
        log=_log(body.get("log")),
        counts=_counts(body),
        days=frozenset(whole(day, "days") for day in _list(body, "days")),
    )


def _counts(body: Mapping[str, Any]) -> dict[Downloaded, int]:
    """Read ``{"counts": {channel: {path: {day: count}}}}``. Raises RequestError."""
    try:
        return {
            Downloaded(channel=_name(channel), path=_name(path), day=_day(day)): whole(count, "counts")
            for channel, paths in body["counts"].items()
            for path, by_day in paths.items()
            for day, count in by_day.items()
        }
    except (KeyError, AttributeError, TypeError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "'counts' has to be {channel: {path: {day: count}}}") from error


def _day(given: str) -> int:
    """Read a day, which as an object's name is text. Raises RequestError."""
    if not _DAY.fullmatch(given):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'counts' has to give days as numbers")
    return int(given)


def _name(given: str) -> str:
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "'counts' holds half a character") from error
    return given


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    given = body.get(key)
    if not isinstance(given, list):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a list")
    return given


def _log(given: object) -> ReadLog:
    if not isinstance(given, dict) or not all(_SHA256.fullmatch(str(given.get(key))) for key in ("begin", "sha256")):
        raise RequestError(HTTPStatus.BAD_REQUEST, "a log has to be an object with begin, size and sha256")
    return ReadLog(begin=given["begin"], size=whole(given.get("size"), "size"), sha256=given["sha256"])
