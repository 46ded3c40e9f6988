"""Hosted documentation as people find it: an index with a search, what aliases lead to, other versions of a page."""

import hashlib
import json
from collections.abc import Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ownconda.forge.downloads import ASK_AGAIN, unless_known
from ownconda.forge.own_address import own_address
from ownconda.forge.services import Services
from ownconda.forge.site_routes import readable_projects
from ownconda.forge.templates import page, switcher
from ownconda.forge.told import moment
from ownconda.sites.inventory import Explained
from ownconda.sites.names import LATEST, STABLE
from ownconda.sites.site import Site
from ownconda.sites.sites import Sites
from ownconda.sites.versions import latest, stable

MOST_FOUND = 8
"""Pages and names that a search shows of each project."""

LONGEST_SEARCH = 200


def routes(services: Services) -> list[Route]:
    """Give the routes; those of pages themselves come after them."""
    sites = services.sites

    def index(request: Request) -> Response:
        search = request.query_params.get("q", "").strip()[:LONGEST_SEARCH]
        projects = [_project(sites, sites.of(name), search) for name in readable_projects(request, services)]
        shown = [one for one in projects if not search or one["named"] or one["found"]]
        return page(request, "docs_index.html", {"projects": shown, "search": search, "count": len(projects)})

    def to_version(request: Request) -> Response:
        there = sites.of(request.path_params["project"])
        alias = STABLE if stable(there) else LATEST
        return RedirectResponse(f"{request.url.path}{alias}/", HTTPStatus.FOUND, headers={"Cache-Control": ASK_AGAIN})

    def versions(request: Request) -> Response:
        """Tell the versions as pydata-sphinx-theme's switcher reads them, which runs in a sandbox here."""
        listed = _versions(request, sites.of(request.path_params["project"]))
        return JSONResponse(listed, headers={"Access-Control-Allow-Origin": "*", "Cache-Control": ASK_AGAIN})

    def script(request: Request) -> Response:
        project = request.path_params["project"]
        told = {"project": project, "versions": _versions(request, sites.of(project))}
        content = switcher() + b"(" + json.dumps(told).encode() + b");\n"
        headers = {"Cache-Control": ASK_AGAIN, "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
        return unless_known(request, Response(content, media_type="text/javascript", headers=headers))

    async def with_slash(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", HTTPStatus.PERMANENT_REDIRECT)

    return [
        Route("/docs", with_slash),
        Route("/docs/", index),
        Route("/docs/{project}", with_slash),
        Route("/docs/{project}/", to_version),
        Route("/docs/{project}/versions.json", versions),
        Route("/docs/{project}/switcher.js", script),
    ]


def _versions(request: Request, there: Sequence[Site]) -> list[dict[str, Any]]:
    base, highest, newest = f"{own_address(request)}/docs/{there[0].project}", stable(there), latest(there)
    aliases = [(alias, site) for alias, site in ((STABLE, highest), (LATEST, newest)) if site]
    return [
        *(
            {"name": f"{alias} ({site.version})", "version": alias, "url": f"{base}/{alias}/"}
            for alias, site in aliases
        ),
        *(_version(base, site, is_preferred=site == highest) for site in there),
    ]


def _version(base: str, site: Site, *, is_preferred: bool) -> dict[str, Any]:
    told = {"name": site.version, "version": site.version, "url": f"{base}/{site.version}/"}
    return told | ({"preferred": True} if is_preferred else {})


def _project(sites: Sites, there: Sequence[Site], search: str) -> dict[str, Any]:
    first = stable(there) or latest(there) or there[0]
    told = search.casefold()
    return {
        "name": first.project,
        "title": first.title,
        "alias": STABLE if stable(there) else LATEST,
        "first": first.version,
        "versions": [site.version for site in there],
        "at": moment(max(site.at for site in there)),
        "named": told in first.project.casefold() or told in first.title.casefold(),
        "found": _found(sites, first, told) if told else [],
    }


def _found(sites: Sites, site: Site, told: str) -> list[Explained]:
    """Give the pages, and then the other names, of which a text is a part."""
    found = [one for one in sites.explained(site) if told in one.title.casefold()]
    return list(islice(sorted(found, key=lambda one: (not one.is_page, len(one.title), one.title)), MOST_FOUND))
