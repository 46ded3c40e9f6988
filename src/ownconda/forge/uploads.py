"""What clients bring: packages and installers to a channel, upstream archives to the sources."""

import contextlib
import os
import time
from http import HTTPStatus
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.actions import Action
from ownconda.access.rules import Question
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.upkeep.garbage import A_DAY
from ownconda.errors import WrongInputError
from ownconda.forge import prefix_uploads, quetz_uploads, resuming
from ownconda.forge.admission import ADDED, THERE_ALREADY, Adoption, admitted
from ownconda.forge.answers import RequestError
from ownconda.forge.downloads import send_file
from ownconda.forge.identity import caller_of, require
from ownconda.forge.json_bodies import text
from ownconda.forge.plain_names import is_plain_name
from ownconda.forge.queries import number
from ownconda.forge.receiving import Body, received_body, received_files
from ownconda.forge.services import Services
from ownconda.sources.checksums import COMMIT, Checksum, checksum_at
from ownconda.sources.git_packs import is_whole_pack


def routes(services: Services) -> list[Route]:
    """Give the routes by which things come in."""

    def may_upload(request: Request) -> Response:
        """Tell a client, before it sends gigabytes, that it may, and how much at once."""
        state = services.channels.state(request.path_params["channel"])
        services.intake.check_room()
        return JSONResponse(
            {
                "channel": state.snapshot.channel,
                "largest_upload": services.intake.largest,
                "sidecars": list(SUFFIXES.values()),
                "resumable": True,
            }
        )

    async def upload(request: Request) -> Response:
        channel, adoption = request.path_params["channel"], _adoption(request)
        services.channels.charter(channel)  # there has to be such a channel
        caller = caller_of(request)
        if adoption is not None:  # who dates packages back decides about their days of waiting
            require(caller, services, Question(action=Action.MANAGE, channel=channel))
        async with received_files(request, services.intake) as received:
            told = await run_in_threadpool(admitted, services, channel, received, caller=caller, adoption=adoption)
            return JSONResponse(told)

    async def source(request: Request) -> Response:
        checksum, name = _source_named(request)
        relative = f"{checksum.label}/{name}"
        await run_in_threadpool(_note_asked, services, services.folder.sources / relative)
        return await send_file(request, services.folder.sources, relative)

    async def put_source(request: Request) -> Response:
        checksum, name = _source_named(request)
        source = f"{checksum.label}/{name}"
        place = services.folder.sources / source
        if place.is_file():
            await run_in_threadpool(_note_asked, services, place)
            return JSONResponse({"source": source, "outcome": THERE_ALREADY})
        async with received_body(request, services.intake) as body:
            await run_in_threadpool(_check_body, body, checksum)
            await run_in_threadpool(services.channels.store.take, body.path, body.sha256)
            await run_in_threadpool(_note, services, source, body.sha256)
            await run_in_threadpool(services.channels.shelf.show, {place: body.sha256})
        return JSONResponse({"source": source, "outcome": ADDED}, status_code=HTTPStatus.CREATED)

    return [
        Route("/upload/{channel}", may_upload, methods=["GET"]),
        Route("/upload/{channel}", upload, methods=["POST"]),
        *resuming.routes(services),
        *prefix_uploads.routes(services),
        *quetz_uploads.routes(services),
        Route("/sources/{checksum}/{file}", source, methods=["GET"]),
        Route("/sources/{checksum}/{file}", put_source, methods=["PUT"]),
    ]


def _note_asked(services: Services, place: Path) -> None:
    """Let a source's time say that somebody may be building from it, so that it isn't removed meanwhile."""
    with contextlib.suppress(OSError):
        if services.sources_kept and place.stat().st_mtime < time.time() - A_DAY / 1000:
            os.utime(place)


def _adoption(request: Request) -> Adoption | None:
    """Tell whether what is sent was listed elsewhere before: ``?adopted_since=<ms>&reason=…``."""
    if "adopted_since" not in request.query_params:
        return None
    reason = text({"reason": request.query_params.get("reason", "")}, "reason")
    return Adoption(since=number(request, "adopted_since"), reason=reason)


def _note(services: Services, source: str, sha256: str) -> None:
    services.journal.note_beside({f"sources/{source}": sha256}, at=services.channels.now())


def _check_body(body: Body, checksum: Checksum) -> None:
    if checksum.kind == COMMIT:
        if not is_whole_pack(body.path):
            raise WrongInputError("what arrived is no git pack", hint="`ownconda source push` makes them")
        return
    found = Checksum(digest=body.sha256) if checksum.kind == "sha256" else checksum.of_file(body.path)
    if found != checksum:
        raise WrongInputError(
            f"the {found.kind} of what arrived is {found.digest}, its address says {checksum.digest}",
            hint="it may have been cut short; send it again",
        )


def _source_named(request: Request) -> tuple[Checksum, str]:
    label, name = request.path_params["checksum"], request.path_params["file"]
    checksum = checksum_at(label)
    if checksum is None:
        hint = "64 digits 0-9a-f; another kind of checksum stands after its name: md5-…"
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{label[:80]!r} isn't a sha256", hint=hint)
    if not is_plain_name(name):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{name[:80]!r} can't be a source's file name")
    return checksum, name
