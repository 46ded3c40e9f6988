"""The JSON interface ``/api/v1/access/revoke``: somebody's tokens ended, and what is left of them told."""

from collections.abc import Collection, Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.grant_texts import read_grant
from ownconda.access.mentions import channels_of, rules_about, tokens_of
from ownconda.channels.snapshots import BrokenChannelError, Kind
from ownconda.forge.identity import caller_of
from ownconda.forge.json_bodies import flag, json_body, text
from ownconda.forge.services import Services
from ownconda.forge.told import step_json

MOST_STEPS = 100_000


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    async def revoke(request: Request) -> Response:
        body = await json_body(request)
        who, dry_run, by = text(body, "who"), flag(body, "dry_run"), caller_of(request).name
        return JSONResponse(await run_in_threadpool(_revoked, services, who, by=by, dry_run=dry_run))

    return [Route("/api/v1/access/revoke", revoke, methods=["POST"])]


def _revoked(services: Services, who: str, *, by: str, dry_run: bool) -> dict[str, Any]:
    gone, left = tokens_of(who, services.tokens.all()), channels_of(who, services.own_channels.all().values())
    if not dry_run:
        services.tokens.revoke([token.sha256 for token in gone], by=by)
        for channel in left:
            services.own_channels.disallow(channel, read_grant(who, ()), by=by)
    names = {who, who.partition(":")[2], *(token.name for token in gone)} - {""}
    return {
        "dry_run": dry_run,
        "tokens": [token.fields() for token in gone],
        "channels": list(left),
        "settings": list(rules_about(who, services.access)),
        "uploads": list(_uploads(services, names)),
    }


def _uploads(services: Services, authors: Collection[str]) -> Iterator[dict[str, Any]]:
    """Tell the snapshots by which any of these authors brought something."""
    for channel in services.channels.names():
        try:
            steps = services.channels.history(channel, limit=MOST_STEPS)
        except BrokenChannelError:
            continue
        yield from (
            step_json(step) for step in steps if step.snapshot.kind is Kind.UPLOAD and step.snapshot.author in authors
        )
