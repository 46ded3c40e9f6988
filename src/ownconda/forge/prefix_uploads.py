"""The upload interface of prefix.dev, which rattler-build, pixi and py-rattler-build speak.

One package a request: the part ``file`` of a form, and perhaps ``attestation``, a Sigstore bundle about it (CEP 27).
"""

import json
from collections.abc import Sequence
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.callers import Caller
from ownconda.attestations.bundles import bundle_array
from ownconda.attestations.sidecars import LARGEST, SUFFIXES
from ownconda.errors import Where, WrongInputError
from ownconda.forge.admission import admitted
from ownconda.forge.forms import Received
from ownconda.forge.identity import caller_of
from ownconda.forge.receiving import received_files
from ownconda.forge.services import Services

ATTESTATION = "attestation"


def routes(services: Services) -> list[Route]:
    """Give the route; ``?force=true`` changes nothing, since a name means one content for ever."""

    async def upload(request: Request) -> Response:
        channel = request.path_params["channel"]
        services.channels.charter(channel)  # there has to be such a channel
        async with received_files(request, services.intake, texts=(ATTESTATION,)) as received:
            told = await run_in_threadpool(admit, channel, received, caller_of(request))
        return JSONResponse(told, status_code=HTTPStatus.CREATED)

    def admit(channel: str, received: Sequence[Received], caller: Caller) -> dict[str, object]:
        return admitted(services, channel, _with_signatures(received), caller=caller)

    return [Route("/api/v1/upload/{channel}", upload, methods=["POST"])]


def _with_signatures(received: Sequence[Received]) -> list[Received]:
    """Let an attestation be what it is elsewhere: the package's file of signatures, an array of one bundle."""
    packages = [one for one in received if one.field != ATTESTATION]
    bundles = [one for one in received if one.field == ATTESTATION]
    if bundles and (len(packages), len(bundles)) != (1, 1):
        raise WrongInputError("an attestation has to come alone with its package", hint="send each package by itself")
    return [*packages, *(_signatures(one, packages[0]) for one in bundles)]


def _signatures(bundle: Received, package: Received) -> Received:
    name = package.name + SUFFIXES["signatures"]
    if bundle.file.stat().st_size > LARGEST:
        raise WrongInputError(f"the attestation is larger than {LARGEST >> 20} MiB", where=Where(file=name))
    try:
        bundle.file.write_bytes(bundle_array([json.loads(bundle.file.read_bytes())]))
    except (ValueError, RecursionError) as error:
        raise WrongInputError(f"the attestation isn't JSON: {error}", where=Where(file=name)) from error
    return Received(name=name, file=bundle.file)
