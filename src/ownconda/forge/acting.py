"""The JSON interface below ``/api/v1``, as far as it changes channels."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.limits import bounds_of
from ownconda.access.rules import Question
from ownconda.channels.acts import Act, Promotion, Revert, Rollback, Unprune, Yank
from ownconda.channels.channels import Channels
from ownconda.channels.prune_rules import PruneRules, Unused
from ownconda.channels.requests import Done, Plan
from ownconda.channels.telling.downloads import counted
from ownconda.forge.brought_names import require_no_shadows
from ownconda.forge.hotfixing import hotfix
from ownconda.forge.identity import caller_of, channel_meant, require
from ownconda.forge.json_bodies import flag, json_body, moment_named, optional_number, text, text_table, texts
from ownconda.forge.services import Services
from ownconda.forge.told import change_json, snapshot_json, tag_json, verdict_json

Body = Mapping[str, Any]
LARGEST_PATCHES = 64 << 20
"""Bytes of a request: repodata patches of a large channel take many."""


def routes(services: Services) -> list[Route]:
    """Give the routes by which channels are changed, but for uploads."""
    below = "/api/v1/channels/{channel}"
    acts = [Route(f"{below}/{verb}", _acting(services, meant), methods=["POST"]) for verb, meant in _MEANT.items()]
    others = [Route(f"{below}/{verb}", _doing(services, does), methods=["POST"]) for verb, does in _DOES.items()]
    return [*acts, *others, Route("/api/v1/purge", _purging(services), methods=["POST"])]


def _acting(
    services: Services, meant: Callable[[Channels, str, Body], Act]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        caller, body = caller_of(request), await json_body(request, largest=LARGEST_PATCHES)

        def answer() -> Response:
            reason, waived = text(body, "reason", default=""), text_table(body, "waive")
            only_planned = flag(body, "dry_run")
            act = _within_limits(services, caller, meant(services.channels, request.path_params["channel"], body))
            _check_more(caller, services, act, waived)
            if only_planned:
                return JSONResponse(_planned_json(services.channels.plan(act, waived=waived)))
            return _done(services.channels.do(act, author=caller.name, reason=reason, waived=waived))

        return await run_in_threadpool(answer)

    return endpoint


def _check_more(caller: Caller, services: Services, act: Act, waived: Mapping[str, str]) -> None:
    """Check what a route can't know: that who promotes may read the source, and who waives a rule may do that."""
    if isinstance(act, Promotion):
        source = channel_meant(caller, services, act.source)
        require(caller, services, Question(action=Action.READ, channel=source))
        require_no_shadows(caller, services, act)
    if waived:
        require(caller, services, Question(action=Action.WAIVE, channel=act.channel))


def _within_limits(services: Services, caller: Caller, act: Act) -> Act:
    if not isinstance(act, Promotion):
        return act
    return replace(act, most=bounds_of(services.limits, caller, act.channel).channel)


def _promotion(_: Channels, channel: str, body: Body) -> Act:
    return Promotion(
        channel=channel,
        source=text(body, "from"),
        specs=texts(body, "specs"),
        with_dependencies=flag(body, "with_dependencies"),
    )


def _rollback(channels: Channels, channel: str, body: Body) -> Act:
    return Rollback(channel=channel, snapshot=_snapshot(channels, channel, body))


def _revert(channels: Channels, channel: str, body: Body) -> Act:
    return Revert(channel=channel, snapshot=_snapshot(channels, channel, body))


def _yank(_: Channels, channel: str, body: Body) -> Act:
    return Yank(channel=channel, specs=texts(body, "specs"))


def _unyank(_: Channels, channel: str, body: Body) -> Act:
    return Yank(channel=channel, specs=texts(body, "specs"), yanked=False)


def _unprune(_: Channels, channel: str, body: Body) -> Act:
    return Unprune(channel=channel, specs=texts(body, "specs"))


_MEANT: Mapping[str, Callable[[Channels, str, Body], Act]] = {
    "promote": _promotion,
    "rollback": _rollback,
    "revert": _revert,
    "yank": _yank,
    "unyank": _unyank,
    "unprune": _unprune,
    "hotfix": hotfix,
}


def _doing(
    services: Services, does: Callable[[Channels, str, Body, str], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await json_body(request)
        channel = request.path_params["channel"]
        return JSONResponse(await run_in_threadpool(does, services.channels, channel, body, caller_of(request).name))

    return endpoint


def _hold(channels: Channels, channel: str, body: Body, author: str) -> dict[str, Any]:
    return _done_json(channels.hold(channel, text(body, "spec"), author=author, reason=text(body, "reason")))


def _release(channels: Channels, channel: str, body: Body, author: str) -> dict[str, Any]:
    reason = text(body, "reason", default="")
    return _done_json(channels.release(channel, text(body, "spec"), author=author, reason=reason))


def _prune(channels: Channels, channel: str, body: Body, author: str) -> dict[str, Any]:
    rules = PruneRules(
        versions=optional_number(body, "versions"),
        builds=optional_number(body, "builds"),
        days=float(optional_number(body, "days") or 0),
        unused=_unused(channels, channel, body),
        pinned=texts(body, "pinned"),
        locked=frozenset(texts(body, "locked")),
    )
    reason = text(body, "reason", default="")
    if flag(body, "dry_run"):
        act, found = channels.plan_prune(channel, rules)
        told = _planned_json(channels.plan(act))
    else:
        done, found = channels.prune(channel, rules, author=author, reason=reason)
        told = _done_json(done)
    return told | {"going": dict(found.going), "staying": dict(found.staying)}


def _unused(channels: Channels, channel: str, body: Body) -> Unused | None:
    days, fewer_than = optional_number(body, "unused_days"), optional_number(body, "fewer_than")
    if not days:
        return None
    name = channels.charter(channel).name
    downloads = counted(channels.ledger.engine, name, days=days, now=channels.now())
    return Unused(days=days, fewer_than=1 if fewer_than is None else fewer_than, counted=downloads)


def _tag(channels: Channels, channel: str, body: Body, author: str) -> dict[str, Any]:
    moment = "" if body.get("snapshot") is None else moment_named(body, "snapshot")
    return {"tag": tag_json(channels.tag(channel, text(body, "name"), moment, author=author))}


def _untag(channels: Channels, channel: str, body: Body, author: str) -> dict[str, Any]:  # noqa: ARG001  (as the others)
    channels.untag(channel, text(body, "name"))
    return {"tag": None}


_DOES: Mapping[str, Callable[[Channels, str, Body, str], dict[str, Any]]] = {
    "hold": _hold,
    "release": _release,
    "prune": _prune,
    "tag": _tag,
    "untag": _untag,
}


def _purging(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        caller, body = caller_of(request), await json_body(request)
        channels, file, dry_run = services.channels, text(body, "file"), flag(body, "dry_run")

        def answer() -> Response:
            purge = (
                channels.plan_purge(file)
                if dry_run
                else channels.purge(file, author=caller.name, reason=text(body, "reason"))
            )
            told = {"dry_run": dry_run, "path": purge.path, "sha256": purge.sha256, "channels": list(purge.changes)}
            return JSONResponse(told)

        return await run_in_threadpool(answer)

    return endpoint


def _snapshot(channels: Channels, channel: str, body: Body) -> int:
    return channels.snapshot_of(channel, moment_named(body, "snapshot")).id


def _planned_json(plan: Plan) -> dict[str, Any]:
    told = {"dry_run": True, "snapshot": snapshot_json(plan.parent), "verdict": verdict_json(plan.judgement)}
    return told | change_json(plan.change)


def _done(done: Done) -> Response:
    return JSONResponse(_done_json(done))


def _done_json(done: Done) -> dict[str, Any]:
    told = {"dry_run": False, "snapshot": snapshot_json(done.snapshot), "verdict": verdict_json(done.judgement)}
    return told | change_json(done.change)
