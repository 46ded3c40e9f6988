"""Hosted documentation as programs see it: sent, listed and removed."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.access.audit import Kind
from ownconda.access.callers import Caller
from ownconda.errors import WrongInputError
from ownconda.forge.admission import ADDED, THERE_ALREADY
from ownconda.forge.answers import RequestError
from ownconda.forge.brought_names import require_project
from ownconda.forge.identity import caller_of, docs_of, readable_by
from ownconda.forge.own_address import own_address
from ownconda.forge.queries import flag
from ownconda.forge.receiving import Body, received_body, received_files
from ownconda.forge.services import Services
from ownconda.forge.told import moment
from ownconda.sites.names import check_project, check_version
from ownconda.sites.site import Site
from ownconda.sites.versions import latest, stable
from ownconda.wires.files import sha256_of

REPLACED = "replaced"
_ROUTE = "/docs/{project}/{version}"


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    async def upload(request: Request) -> Response:
        draft = _draft(request, services)
        async with _received(request, services) as body:
            _check_announced(request, body)
            outcome, site = await run_in_threadpool(
                _taken, services, caller_of(request), draft, body, asked=_is_asked(request)
            )
        if outcome != THERE_ALREADY:
            await run_in_threadpool(_note, request, services, Kind.DOCS_UPLOADED, site)
        status = HTTPStatus.OK if outcome == THERE_ALREADY else HTTPStatus.CREATED
        return JSONResponse({"outcome": outcome, "address": _address(request, site), **_told(site)}, status)

    def remove(request: Request) -> Response:
        project, version = request.path_params["project"], check_version(request.path_params["version"])
        site = services.sites.find(project, version)
        services.sites.remove(site)
        _note(request, services, Kind.DOCS_REMOVED, site)
        return JSONResponse({"removed": _told(site)})

    def listed(request: Request) -> Response:
        projects = readable_projects(request, services)
        return JSONResponse({"projects": [_project(request, services.sites.of(name)) for name in projects]})

    return [
        Route("/api/v1/docs", listed),
        Route(_ROUTE, upload, methods=["PUT", "POST"]),
        Route(_ROUTE, remove, methods=["DELETE"]),
    ]


def readable_projects(request: Request, services: Services) -> list[str]:
    """List the projects whose documentation a caller may read."""
    there = {docs_of(name): name for name in services.sites.projects()}
    return [there[channel] for channel in readable_by(caller_of(request), services, there)]


def _draft(request: Request, services: Services) -> Site:
    return Site(
        project=check_project(request.path_params["project"]),
        version=check_version(request.path_params["version"]),
        sha256="",
        form="",
        title="",
        files=0,
        size=0,
        at=services.channels.now(),
        author=caller_of(request).name,
    )


@contextlib.asynccontextmanager
async def _received(request: Request, services: Services) -> AsyncIterator[Body]:
    """Take what comes, as the body (``curl -T``) or as a form with one file (``curl -F``)."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        async with received_body(request, services.intake) as body:
            yield body
        return
    async with received_files(request, services.intake) as received:
        if len(received) != 1:
            raise RequestError(HTTPStatus.BAD_REQUEST, "a documentation comes as one archive", hint="zip or tar")
        yield Body(path=received[0].file, sha256=await run_in_threadpool(sha256_of, received[0].file))


def _check_announced(request: Request, body: Body) -> None:
    announced = request.headers.get("x-file-sha256", "").lower()
    if announced not in ("", body.sha256):
        raise WrongInputError(f"the archive arrived damaged: its sha256 is {body.sha256}", hint="send it again")


def _is_asked(request: Request) -> bool:
    return flag(request, "replace", default=False)


def _taken(services: Services, caller: Caller, draft: Site, body: Body, *, asked: bool) -> tuple[str, Site]:
    require_project(caller, services, draft.project)
    draft = replace(draft, sha256=body.sha256)
    before = services.sites.replaced_by(draft, asked=asked)
    if before and before.sha256 == draft.sha256:
        return THERE_ALREADY, before
    with services.sites.prepared(body.path, draft, check_room=services.intake.check_room) as prepared:
        place = f"docs/{draft.project}/{draft.version}/{prepared.site.archive}"
        services.journal.note_beside({place: draft.sha256}, at=draft.at)
        services.sites.show(prepared, replace_asked=asked)
        return REPLACED if before else ADDED, prepared.site


def _note(request: Request, services: Services, kind: Kind, site: Site) -> None:
    address = caller_of(request).address
    services.audit.did(kind, caller_of(request).name, f"{site.project} {site.version} {site.sha256}", address=address)


def _project(request: Request, sites: Sequence[Site]) -> dict[str, Any]:
    highest, newest = stable(sites), latest(sites)
    return {
        "name": sites[0].project,
        "stable": highest.version if highest else None,
        "latest": newest.version if newest else None,
        "versions": [{"address": _address(request, site), **_told(site)} for site in sites],
    }


def _told(site: Site) -> dict[str, Any]:
    told = {"project": site.project, "version": site.version, "title": site.title, "sha256": site.sha256}
    return told | {"files": site.files, "size": site.size, "at": moment(site.at), "author": site.author}


def _address(request: Request, site: Site) -> str:
    return f"{own_address(request)}/docs/{site.project}/{site.version}/"
