"""The JSON interface below ``/api/v1``, as far as it only tells: channels, history, differences, holds, tags."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.rules import Question
from ownconda.channels.choosing import selected
from ownconda.channels.shown_terms import patches_of
from ownconda.channels.snapshots import packages_difference
from ownconda.forge.identity import caller_of, channel_meant, readable_by, require
from ownconda.forge.queries import number
from ownconda.forge.services import Services
from ownconda.forge.told import (
    caches_json,
    change_json,
    changelog_json,
    entry_json,
    hold_json,
    patched_json,
    step_json,
    summaries,
    summary,
    tag_json,
    terms_json,
)
from ownconda.forge.told_verdicts import ToldVerdicts
from ownconda.repodata.patches import patched_channel

DEFAULT_LIMIT, HISTORY_LIMIT = 100, 1000


def routes(services: Services) -> list[Route]:
    """Give the routes of the interface that change nothing."""
    channels = services.channels

    def all_channels(request: Request) -> Response:
        names = readable_by(caller_of(request), services, channels.names())
        told, unavailable = summaries(channels, names), channels.unavailable()
        broken = [{"name": name, "what": str(error)} for name, error in unavailable.items() if name in names]
        kept = readable_by(caller_of(request), services, services.caches.terms)
        caches = [one for one in caches_json(services.caches) if one["name"] in kept]
        return JSONResponse({"channels": told, "unavailable": broken, "caches": caches})

    def one_channel(request: Request) -> Response:
        state = channels.state_at(request.path_params["channel"])
        chosen = selected(state.contents, request.query_params.getlist("spec"))
        shown = patched_channel([chosen[path] for path in sorted(chosen)], patches_of(state.terms))
        entries = [entry_json(entry) | patched_json(chosen[entry.path], entry) for entry in shown]
        return JSONResponse(summary(state) | {"terms": terms_json(state), "entries": entries})

    def history(request: Request) -> Response:
        channel = request.path_params["channel"]
        limit = min(number(request, "limit", default=DEFAULT_LIMIT), HISTORY_LIMIT)
        tags, steps = channels.tags(channel), channels.history(channel, limit=limit)
        verdicts = ToldVerdicts(services, caller_of(request), channel, steps)
        told = [
            step_json(step)
            | {"tags": [tag.name for tag in tags if tag.snapshot == step.snapshot.id]}
            | {"verdict": verdicts.on(step.snapshot.id)}
            for step in steps
        ]
        return JSONResponse({"snapshots": told, "refused": verdicts.refused()})

    def diff(request: Request) -> Response:
        channel = request.path_params["channel"]
        before = request.query_params.get("from", channel)
        after = request.query_params.get("to", channel)
        for one in (before, after):
            meant = channel_meant(caller_of(request), services, one)
            require(caller_of(request), services, Question(action=Action.READ, channel=meant))
        was, will_be = channels.state_at(before), channels.state_at(after)
        told = {"from": before, "to": after, "channel": was.snapshot.channel}
        told |= {"snapshots": [was.snapshot.id, will_be.snapshot.id], "changes": changelog_json(was, will_be)}
        return JSONResponse(told | change_json(packages_difference(was.contents, will_be.contents)))

    def holds(request: Request) -> Response:
        return JSONResponse({"holds": [hold_json(one) for one in channels.holds(request.path_params["channel"])]})

    def tags(request: Request) -> Response:
        return JSONResponse({"tags": [tag_json(one) for one in channels.tags(request.path_params["channel"])]})

    return [
        Route("/api/v1/channels", all_channels),
        Route("/api/v1/channels/{channel}", one_channel),
        Route("/api/v1/channels/{channel}/history", history),
        Route("/api/v1/channels/{channel}/diff", diff),
        Route("/api/v1/channels/{channel}/holds", holds),
        Route("/api/v1/channels/{channel}/tags", tags),
    ]
