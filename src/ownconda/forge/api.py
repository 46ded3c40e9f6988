"""The JSON interface below ``/api/v1``: channels, history, differences, promotion, rollback."""

import contextlib
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.channels import Channels, Done, Plan, State
from ownconda.channels.ledger import Step
from ownconda.channels.snapshots import BrokenChannelError, Change, Snapshot, selected
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import require_writer
from ownconda.forge.services import Services
from ownconda.repodata.entries import Entry
from ownconda.wires.characters import is_hidden

HISTORY_LIMIT = 1000
LARGEST_BODY = 1 << 20


def routes(services: Services) -> list[Route]:
    """Give the routes of the interface."""
    channels = services.channels

    def all_channels(_: Request) -> Response:
        told = summaries(channels)
        broken = [{"name": name, "what": str(error)} for name, error in channels.unavailable().items()]
        return JSONResponse({"channels": told, "unavailable": broken})

    def one_channel(request: Request) -> Response:
        state = channels.state(request.path_params["channel"])
        chosen = selected(state.contents, request.query_params.getlist("spec"))
        entries = [entry_json(chosen[path]) for path in sorted(chosen)]
        return JSONResponse(summary(state) | {"entries": entries})

    def history(request: Request) -> Response:
        limit = min(_number(request.query_params.get("limit", "100"), "limit"), HISTORY_LIMIT)
        steps = channels.history(request.path_params["channel"], limit=limit)
        return JSONResponse({"snapshots": [step_json(step) for step in steps]})

    def diff(request: Request) -> Response:
        channel = request.path_params["channel"]
        before = request.query_params.get("from", channel)
        after = request.query_params.get("to", channel)
        return JSONResponse({"from": before, "to": after} | change_json(channels.difference(before, after)))

    async def promote(request: Request) -> Response:
        token = await run_in_threadpool(require_writer, request, services)
        target, body = request.path_params["channel"], await _json_body(request)
        source, specs = _text(body, "from"), _texts(body, "specs")
        if _flag(body, "dry_run"):
            return _planned(await run_in_threadpool(channels.plan_promotion, source, target, specs))
        reason = _text(body, "reason", default="")
        done = await run_in_threadpool(channels.promote, source, target, specs, author=token.name, reason=reason)
        return _done(done)

    async def roll_back(request: Request) -> Response:
        token = await run_in_threadpool(require_writer, request, services)
        channel, body = request.path_params["channel"], await _json_body(request)
        snapshot = _number(str(body.get("snapshot", "")), "snapshot")
        if _flag(body, "dry_run"):
            return _planned(await run_in_threadpool(channels.plan_rollback, channel, snapshot))
        reason = _text(body, "reason", default="")
        done = await run_in_threadpool(channels.roll_back, channel, snapshot, author=token.name, reason=reason)
        return _done(done)

    return [
        Route("/api/v1/channels", all_channels),
        Route("/api/v1/channels/{channel}", one_channel),
        Route("/api/v1/channels/{channel}/history", history),
        Route("/api/v1/channels/{channel}/diff", diff),
        Route("/api/v1/channels/{channel}/promote", promote, methods=["POST"]),
        Route("/api/v1/channels/{channel}/rollback", roll_back, methods=["POST"]),
    ]


def summaries(channels: Channels) -> list[dict[str, Any]]:
    """Tell the figures of every channel that can be read."""
    told: list[dict[str, Any]] = []
    for name in channels.names():
        with contextlib.suppress(BrokenChannelError):
            told.append(summary(channels.state(name)))
    return told


def summary(state: State) -> dict[str, Any]:
    """Tell a channel in a few figures; sizes are in bytes."""
    records = [entry.record for entry in state.contents.values()]
    return {
        "name": state.snapshot.channel,
        "packages": len({record.name for record in records}),
        "files": len(records),
        "size": sum(record.size for record in records),
        "subdirs": sorted({record.subdir for record in records}),
        "snapshot": snapshot_json(state.snapshot),
    }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """Write a snapshot as JSON."""
    return {
        "id": snapshot.id,
        "channel": snapshot.channel,
        "parent": snapshot.parent,
        "at": moment(snapshot.at),
        "author": snapshot.author,
        "reason": snapshot.reason,
        "kind": snapshot.kind.value,
    }


def step_json(step: Step) -> dict[str, Any]:
    """Write a line of history as JSON."""
    return snapshot_json(step.snapshot) | {"added": step.added, "removed": step.removed}


def entry_json(entry: Entry) -> dict[str, Any]:
    """Write an entry as JSON."""
    record = entry.record
    return {
        "path": entry.path,
        "name": record.name,
        "version": record.version,
        "build": record.build,
        "build_number": record.build_number,
        "subdir": record.subdir,
        "sha256": record.sha256,
        "size": record.size,
        "license": record.license,
        "depends": list(record.depends),
        "indexed_at": moment(entry.indexed_at),
        "sidecars": {SUFFIXES[kind]: sha256 for kind, sha256 in entry.sidecars.digests.items()},
    }


def change_json(change: Change) -> dict[str, Any]:
    """Write a change as JSON."""
    return {
        "added": [entry_json(entry) for entry in change.added],
        "removed": [entry_json(entry) for entry in change.removed],
    }


def moment(milliseconds: int) -> str:
    """Write a time, given in milliseconds since 1970, as ISO 8601 in UTC."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def _planned(plan: Plan) -> Response:
    return JSONResponse({"dry_run": True, "snapshot": snapshot_json(plan.parent)} | change_json(plan.change))


def _done(done: Done) -> Response:
    return JSONResponse({"dry_run": False, "snapshot": snapshot_json(done.snapshot)} | change_json(done.change))


async def _json_body(request: Request) -> dict[str, Any]:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request's JSON is too large")
    try:
        body = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the request isn't JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request has to be a JSON object")
    return body


def _text(body: dict[str, Any], key: str, *, default: str | None = None) -> str:
    value = body.get(key, default)
    if not isinstance(value, str) or not _is_plain(value):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be text in one line, without control characters")
    return value


def _texts(body: dict[str, Any], key: str) -> tuple[str, ...]:
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and _is_plain(item) for item in value):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a list of texts without control characters")
    return tuple(value)


def _is_plain(text: str) -> bool:
    return not any(map(is_hidden, text))


def _flag(body: dict[str, Any], key: str) -> bool:
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be true or false")
    return value


def _number(text: str, key: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:  # noqa: PLR2004  (what a database can count)
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a number")
    return int(text)
