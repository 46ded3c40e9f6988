"""The pages of a channel's past: its snapshots as a time line, and what leads from one of them to another."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ownconda.channels.ledger.ledger import Step
from ownconda.channels.listing import entries_named
from ownconda.channels.snapshots import Contents, Snapshot, packages_difference
from ownconda.channels.telling.changelog import told_changes
from ownconda.forge.answers import RequestError
from ownconda.forge.catalogues import Catalogues
from ownconda.forge.compressed import compressed
from ownconda.forge.identity import caller_of
from ownconda.forge.services import Services
from ownconda.forge.templates import page
from ownconda.forge.told import hold_json, step_json
from ownconda.forge.told_verdicts import ToldVerdicts

STEPS = 100
"""How many snapshots stand on one page."""

LARGEST_DIGITS = 18
MOST_REFUSALS = 100
"""How many refusals stand on one page: who tries on and on doesn't hide the snapshots."""
MOST_CHANGES = 1000
"""How many packages a difference tells: nobody reads more, and a first promotion has them all."""


def routes(services: Services, catalogues: Catalogues) -> list[Route]:
    """Give the routes of the past."""
    channels = services.channels

    def history(request: Request) -> Response:
        name, before = request.path_params["channel"], _number(request, "before")
        charter = channels.charter(name)
        steps = channels.history(name, limit=STEPS + 1, before=before)
        shown = steps[:STEPS]
        verdicts = ToldVerdicts(services, caller_of(request), name, shown, before=before)
        refused = together(verdicts.refused())
        told = [one | {"verdict": verdicts.on(one["id"])} for one in told_steps(services, name, shown)]
        values = {
            "name": name,
            "charter": charter,
            "days": days_of(time_line(told, refused[:MOST_REFUSALS])),
            "kept": [one["id"] for one in told if not one["expired"]],
            "refusals_left_out": max(0, len(refused) - MOST_REFUSALS),
            "earlier": steps[STEPS - 1].snapshot.id if len(steps) > STEPS else None,
            "before": before,
            "holds": [hold_json(one) for one in channels.holds(name)],
        }
        return page(request, "history.html", values)

    def diff(request: Request) -> Response:
        name = request.path_params["channel"]
        after = _snapshot(services, name, request.query_params.get("to", ""))
        before = _snapshot(services, name, request.query_params.get("from", "") or str(after.parent or after.id))
        was, listed = catalogues.state_at(before), catalogues.at(after)
        will_be = listed.state
        files = packages_difference(was.contents, will_be.contents)
        names = {entry.record.name for entry in (*files.added, *files.removed)}
        changes = told_changes(_named(was.contents, names), _named(will_be.contents, names))
        values = {
            "name": name,
            "from_": before,
            "to": after,
            "changes": changes[:MOST_CHANGES],
            "more": max(0, len(changes) - MOST_CHANGES),
            "kinds": {kind: len(list(some)) for kind, some in groupby(one.kind.value for one in changes)},
            "there": listed.packages,
            "added": len(files.added),
            "removed": len(files.removed),
            "other_terms": was.terms != will_be.terms,
            "step": told_steps(services, name, channels.history(name, limit=1, before=after.id + 1))[0],
        }
        return page(request, "diff.html", values)

    return [
        Route("/history/{channel}", history, middleware=compressed()),
        Route("/history/{channel}/diff", diff, middleware=compressed()),
    ]


def told_steps(services: Services, channel: str, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Tell lines of history, each with the tags of its snapshot."""
    tags = services.channels.tags(channel)
    return [
        step_json(step) | {"tags": [tag.name for tag in tags if tag.snapshot == step.snapshot.id]} for step in steps
    ]


def together(refused: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell once what was refused several times running for the same reasons: when last, when first, and how often."""
    alike = groupby(
        refused, key=lambda one: [one[key] for key in ("head", "act", "author", "reason", "reasons", "more")]
    )
    found = ((some := list(those))[0] | {"times": len(some), "first_at": some[-1]["at"]} for _, those in alike)
    return list(found)


def time_line(steps: Sequence[dict[str, Any]], refused: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what was refused between the snapshots, each above the one at which the channel stood."""
    return [
        line
        for step in steps
        for line in (*({"refusal": one, "at": one["at"]} for one in refused if one["head"] == step["id"]), step)
    ]


def days_of(steps: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Put lines of history below their days."""
    return [(day, list(some)) for day, some in groupby(steps, key=lambda step: str(step["at"])[:10])]


def _named(contents: Contents, names: Collection[str]) -> Contents:
    """Give the entries of some names: what is told of one depends on no other."""
    return {entry.path: entry for entry in entries_named(contents, names)}


def _snapshot(services: Services, channel: str, text: str) -> Snapshot:
    if not text:
        return services.channels.state(channel).snapshot
    return services.channels.snapshot_of(channel, text)


def _number(request: Request, key: str) -> int | None:
    text = request.query_params.get(key, "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > LARGEST_DIGITS:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a snapshot's number")
    return int(text)
