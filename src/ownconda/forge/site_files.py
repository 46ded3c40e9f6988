"""The pages of hosted documentation: somebody else's HTML, shown so that it can do nothing in its reader's name."""

import os
import re
import stat
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ownconda.forge.answers import RequestError
from ownconda.forge.downloads import ASK_AGAIN, RangedFileResponse, etag, path_below, unless_known
from ownconda.forge.own_address import own_address
from ownconda.forge.services import Services
from ownconda.sites.layout import FIRST_PAGE
from ownconda.sites.names import LATEST, STABLE
from ownconda.sites.site import Site
from ownconda.sites.versions import latest, stable
from ownconda.wires.files import CHUNK

SANDBOX = (
    "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads; "
    "default-src 'self' data: blob: 'unsafe-inline'; img-src 'self' data: https:; base-uri 'self'; form-action 'self'"
)
"""What hosted pages may do: run the scripts that they came with, in an origin that is nobody's.

Without ``allow-same-origin`` they can't read an answer of the forge, nor send it a request that changes something.
"""

NOT_SANDBOXED = frozenset({".pdf"})  # browsers show none in a sandbox, and none can act on a page's origin
READABLE_BY_PAGES = frozenset({".woff", ".woff2", ".ttf", ".otf", ".eot"})
"""What pages in a sandbox get only where everybody may read it: fonts, which tell nobody anything."""

TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
    ".epub": "application/epub+zip",
}
LARGEST_PAGE = 16 << 20
"""Bytes of a page that gets the switcher; a larger one is handed out as it is."""

_HEAD = re.compile(rb"<head(\s[^>]*)?>", re.IGNORECASE)


def routes(services: Services) -> list[Route]:
    """Give the route of all that is below a version's address."""

    async def file(request: Request) -> Response:
        site = await run_in_threadpool(services.sites.find, *_named(request))
        folder = await run_in_threadpool(services.sites.folder, site)
        response = await run_in_threadpool(_answer, request, services, site, folder)
        return unless_known(request, response)

    async def to_first_page(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", HTTPStatus.PERMANENT_REDIRECT)

    return [
        Route("/docs/{project}/{version}", to_first_page, methods=["GET"]),
        Route("/docs/{project}/{version}/{path:path}", file),
    ]


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["project"], request.path_params["version"]


def _answer(request: Request, services: Services, site: Site, folder: Path) -> Response:
    asked = request.path_params["path"]
    relative = f"{asked}{FIRST_PAGE}" if not asked or asked.endswith("/") else asked
    path = path_below(folder, relative)
    try:
        facts = path.stat()
    except (OSError, ValueError):
        raise _no_page(request, asked) from None
    if stat.S_ISDIR(facts.st_mode):
        return RedirectResponse(f"{request.url.path}/", HTTPStatus.FOUND)
    headers = _headers(path, facts)
    if headers["Content-Type"] == TYPES[".html"] and facts.st_size <= LARGEST_PAGE:
        headers["Link"] = f'<{_canonical(request, services, site, relative)}>; rel="canonical"'
        return _page(request, path, headers)
    response = RangedFileResponse(path, stat_result=facts, headers=headers)
    response.chunk_size = CHUNK
    return response


def _no_page(request: Request, asked: str) -> RequestError:
    project, version = _named(request)
    hint = f"this version begins at /docs/{project}/{version}/"
    return RequestError(HTTPStatus.NOT_FOUND, f"{project} {version} has no page {asked[:200]!r}", hint=hint)


def _headers(path: Path, facts: os.stat_result) -> dict[str, str]:
    suffix = path.suffix.lower()
    headers = {
        "Content-Type": TYPES.get(suffix, "application/octet-stream"),
        "ETag": etag(facts),
        "Cache-Control": ASK_AGAIN,
    }
    if suffix not in NOT_SANDBOXED:
        headers["Content-Security-Policy"] = SANDBOX
    if suffix in READABLE_BY_PAGES:
        headers["Access-Control-Allow-Origin"] = "*"
    return headers


def _page(request: Request, path: Path, headers: dict[str, str]) -> Response:
    """Give a page with the script that shows other versions, first of all its scripts."""
    script = f'<script src="/docs/{request.path_params["project"]}/switcher.js"></script>'.encode()
    content = path.read_bytes()
    head = _HEAD.search(content)
    if head:
        content = content[: head.end()] + script + content[head.end() :]
        headers["ETag"] = f'{headers["ETag"][:-1]}-s"'  # what a page is with the script isn't what it is without
    return Response(
        b"" if request.method == "HEAD" else content, headers=headers | {"Content-Length": str(len(content))}
    )


def _canonical(request: Request, services: Services, site: Site, relative: str) -> str:
    """Give the address by which a page is to be known: the one that stays when a version becomes old."""
    base, page = f"{own_address(request)}/docs/{site.project}", relative.removesuffix(FIRST_PAGE)
    there = services.sites.of(site.project)
    for alias, meant in ((STABLE, stable(there)), (LATEST, latest(there))):
        if meant and (services.sites.folder(meant) / relative).is_file():
            return f"{base}/{alias}/{quote(page)}"
    return f"{base}/{site.version}/{quote(page)}"
