"""The JSON interface ``/api/v1/audit``: who did what, and what was refused to whom, in order of time."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.patterns import matches
from ownconda.channels.ledger.ledger import Step
from ownconda.channels.snapshots import BrokenChannelError
from ownconda.forge.queries import number
from ownconda.forge.services import Services
from ownconda.forge.told import moment

MOST_LINES = 1000


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    def audit(request: Request) -> Response:
        since = number(request, "since", default=0)
        who = request.query_params.get("who", "**")
        lines = sorted((*_of_access(services, since), *_of_channels(services, since)), key=lambda one: one["ms"])
        meant = [one for one in lines if matches(who, one["who"])][-MOST_LINES:]
        return JSONResponse({"lines": [{"at": moment(one.pop("ms")), **one} for one in meant]})

    return [Route("/api/v1/audit", audit)]


def _of_access(services: Services, since: int) -> Iterator[dict[str, Any]]:
    for line in services.audit.lines(since, limit=MOST_LINES):
        told = {"kind": line.kind.value, "who": line.who, "what": line.what, "address": line.address}
        yield {"ms": line.at, **told, "missed": line.missed}


def _of_channels(services: Services, since: int) -> Iterator[dict[str, Any]]:
    for channel in services.channels.names():
        try:
            steps = services.channels.history(channel, limit=MOST_LINES)
        except BrokenChannelError:
            continue
        yield from (_of_step(channel, step) for step in steps if step.snapshot.at >= since)


def _of_step(channel: str, step: Step) -> dict[str, Any]:
    made = step.snapshot
    what = f"{channel}: snapshot {made.id}, +{step.added} -{step.removed} ~{step.changed}"
    told = {"kind": made.kind.value, "who": made.author, "what": what, "address": "", "missed": 0}
    return {"ms": made.at, **told}
