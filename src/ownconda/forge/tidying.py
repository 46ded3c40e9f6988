"""The JSON interface below ``/api/v1``, as far as it is about the forge's disk."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.channels.caches.evicting import evict, evicted
from ownconda.channels.caches.kept_files import KeptFile
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.tar_bz2.view import tidy
from ownconda.channels.upkeep.collecting import collect, plan_collection
from ownconda.channels.upkeep.usage import usage_of
from ownconda.forge.json_bodies import flag, json_body
from ownconda.forge.limiting import quotas_json
from ownconda.forge.services import Services


def routes(services: Services) -> list[Route]:
    """Give the routes by which the disk is looked at and tidied up."""
    channels = services.channels

    async def gc(request: Request) -> Response:
        dry_run = flag(await json_body(request), "dry_run")
        going = await run_in_threadpool(evicted, services.caches, now=channels.now())
        cached = await run_in_threadpool(_cached_figures, going, channels.ledger)
        if not dry_run:
            await run_in_threadpool(evict, services.caches, going, channels.ledger.knows)
            await run_in_threadpool(tidy, channels)
        garbage = await run_in_threadpool(
            plan_collection if dry_run else collect, channels, sources_kept=services.sources_kept
        )
        size = garbage.size + cached["size"]
        return JSONResponse({"dry_run": dry_run} | garbage.fields() | {"cached": cached, "size": size})

    def usage(_: Request) -> Response:
        used = usage_of(channels, sources_kept=services.sources_kept)
        return JSONResponse(used.fields() | {"quotas": quotas_json(services)})

    return [Route("/api/v1/gc", gc, methods=["POST"]), Route("/api/v1/usage", usage)]


def _cached_figures(going: Sequence[KeptFile], ledger: Ledger) -> dict[str, int]:
    """Tell how many packages go from caches, and the bytes of those that no channel has too."""
    return {"count": len(going), "size": sum(one.size for one in going if not ledger.knows(one.sha256))}
