"""``GET /api/v1/whence/<sha256>``: where a package comes from, or what was made from a source."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.telling.whence import Origin, kept_among, origin_files, origins
from ownconda.forge.answers import RequestError
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.services import Services
from ownconda.forge.told import snapshot_json

_DIGEST = re.compile(r"[0-9a-f]{32,128}")
MOST_TOLD = 200
"""Packages that are named of those that were made from a source."""


def routes(services: Services) -> list[Route]:
    """Give the routes."""

    def whence(request: Request) -> Response:
        sha256 = request.path_params["sha256"].lower()
        if not _DIGEST.fullmatch(sha256):
            hint = "a sha256 has 64 digits 0-9a-f"
            raise RequestError(HTTPStatus.BAD_REQUEST, f"{sha256[:80]!r} is no checksum", hint=hint)
        readable = readable_by(caller_of(request), services, services.channels.names())
        found = origins(services.channels.ledger, sha256, channels=readable)
        package = next((one for one in found if one.record.sha256 == sha256), None)
        if package is not None:
            return JSONResponse(_package(services, package))
        if not found:
            hint = "it isn't a package's, nor that of a source that a package of these channels was made from"
            raise RequestError(HTTPStatus.NOT_FOUND, f"nothing is known of {sha256}", hint=hint)
        return JSONResponse(_source(services, sha256, found))

    return [Route("/api/v1/whence/{sha256}", whence)]


def _package(services: Services, found: Origin) -> dict[str, Any]:
    record = found.record
    return {
        "package": _named(found) | {"sha256": record.sha256, "size": record.size, "license": record.license},
        "entered": [snapshot_json(one.snapshot) | {"left": one.left} for one in found.entered],
        "sidecars": _sidecars(found),
        "made_from": None if found.made_from is None else list(found.made_from),
        "files": dict(origin_files(services.channels.store, record)),
        "kept_sources": list(kept_among(services.folder, found.made_from or ())),
    }


def _source(services: Services, checksum: str, found: tuple[Origin, ...]) -> dict[str, Any]:
    return {
        "source": {"checksum": checksum, "kept": list(kept_among(services.folder, [checksum]))},
        "packages": [_named(one) | {"sha256": one.record.sha256} for one in found[:MOST_TOLD]],
        "count": len(found),
    }


def _named(found: Origin) -> dict[str, Any]:
    record = found.record
    return {"path": record.path, "name": record.name, "version": record.version, "build": record.build}


def _sidecars(found: Origin) -> dict[str, dict[str, str]]:
    """Give the addresses of sidecars below the forge's own, by channel and kind."""
    return {
        channel: {
            kind: f"conda/{quote(channel, safe='')}/{quote(found.record.path + SUFFIXES[kind])}" for kind in one.digests
        }
        for channel, one in found.sidecars.items()
    }
