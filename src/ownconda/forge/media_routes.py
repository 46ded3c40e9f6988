"""Media taken in by a forge that runs: bytes are brought by their sha256, then what the signed manifest tells is taken.

The forge believes the signature and the keys that it trusts itself, not whoever brings the media.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.audit import Kind
from ownconda.attestations.keys import load_public_keys
from ownconda.channels.ledger.following import following
from ownconda.channels.transfers.applying import Applied, apply, wanted_bytes
from ownconda.channels.transfers.media import HISTORY, Manifest, signed_manifest
from ownconda.channels.transfers.transfer import Transfer, read_transfer
from ownconda.errors import ConflictError, WrongInputError
from ownconda.forge.admission import ADDED, THERE_ALREADY
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import caller_of
from ownconda.forge.json_bodies import json_body, text
from ownconda.forge.receiving import received_body
from ownconda.forge.replicating import follow_up
from ownconda.forge.services import Services
from ownconda.journeys.carried_access import taking_access

LARGEST_MANIFEST = 256 << 20
MEDIA = "the media"


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    async def bring(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        await run_in_threadpool(_check_follows, services)
        async with received_body(request, services.intake) as body:
            if body.sha256 != sha256:
                what = f"the sha256 of what arrived is {body.sha256}, its address says {sha256[:64]}"
                raise WrongInputError(what, hint="it may have been cut short; send it again")
            known = await run_in_threadpool(services.channels.store.holds, sha256)
            await run_in_threadpool(services.channels.store.take, body.path, sha256)
        return JSONResponse({"outcome": THERE_ALREADY if known else ADDED})

    async def take(request: Request) -> Response:
        body = await json_body(request, largest=LARGEST_MANIFEST)
        return JSONResponse(await run_in_threadpool(_taken, services, request, body))

    return [
        Route("/api/v1/media", take, methods=["POST"]),
        Route("/api/v1/media/{sha256}", bring, methods=["PUT"]),
    ]


def _taken(services: Services, request: Request, body: Mapping[str, Any]) -> dict[str, object]:
    """Take what media hold, once all of it is here; until then tell what is wanted."""
    _check_follows(services)
    keys = load_public_keys(services.trusted_keys)
    manifest = signed_manifest(_bytes(body, "manifest"), _bytes(body, "signature"), keys, place=MEDIA)
    if manifest.kind != HISTORY:
        raise WrongInputError(f"these media hold {manifest.kind}, no history", hint="upload them to a channel")
    channels = services.channels
    if not channels.store.holds(manifest.document.sha256):
        return _told({manifest.document.sha256: manifest.document.size}, None)
    transfer = _document(services, manifest)
    wanted = wanted_bytes(channels, transfer)
    if wanted:
        return _told(wanted, None)
    done = apply(channels, transfer, also=taking_access(channels, transfer))
    follow_up(services)
    if not channels.ledger.knows(manifest.document.sha256):
        channels.store.discard(manifest.document.sha256)
    caller, what = caller_of(request), f"{manifest.source}: {done.snapshots} snapshots up to {manifest.newest}"
    services.audit.did(Kind.MEDIA_TAKEN, caller.name, what, address=caller.address)
    return _told({}, done)


def _check_follows(services: Services) -> None:
    if following(services.channels.ledger.engine) is None:
        hint = "take it into a folder of its own: ownconda channel import MEDIA --into FOLDER"
        raise ConflictError("this forge leads: it takes no other one's history", hint=hint)


def _document(services: Services, manifest: Manifest) -> Transfer:
    return read_transfer(json.loads(services.channels.store.read(manifest.document.sha256)))


def _bytes(body: Mapping[str, Any], key: str) -> bytes:
    try:
        return base64.b64decode(text(body, key), validate=True)
    except binascii.Error as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be base64") from error


def _told(wanted: Mapping[str, int], done: Applied | None) -> dict[str, object]:
    fields = {"snapshots": done.snapshots, "channels": done.channels, "purged": done.purged} if done else {}
    return {"wanted": wanted, "done": fields | {"lacking": done.lacking} if done else None}
