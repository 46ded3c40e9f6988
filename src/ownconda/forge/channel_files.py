"""The files below a channel's address, and below that of a channel as it was."""

import contextlib
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ownconda.channels.far_files import digest_at, fetch, is_beside
from ownconda.channels.opening import milliseconds
from ownconda.channels.views import view_folder, viewed
from ownconda.conda.names import EXTENSIONS
from ownconda.errors import OutsideError
from ownconda.forge.answers import RequestError
from ownconda.forge.cached_files import cached_file
from ownconda.forge.downloads import send_file
from ownconda.forge.own_address import own_address
from ownconda.forge.services import Services
from ownconda.forge.tar_bz2_files import is_tar_bz2, tar_bz2_file
from ownconda.forge.token_paths import token_in_path
from ownconda.repodata import notices
from ownconda.repodata.index_names import is_index
from ownconda.stores.object_store import key_of

SECONDS_SIGNED = 600
"""For so long the address in the object store may be used at which a client is sent on."""


def routes(services: Services) -> list[Route]:
    """Give the routes of the files; they come after those of the pages."""
    channels = services.channels

    async def channel_file(request: Request) -> Response:
        name, path = request.path_params["channel"], request.path_params["path"]
        if name in channels.names():
            return await _kept_file(request, services, name, path)
        if name in services.caches.terms:
            return await cached_file(request, services, name, path)
        if is_tar_bz2(services, name):
            return await tar_bz2_file(request, services, name, path)
        return await _file_of_view(request, name, path)

    async def _file_of_view(request: Request, name: str, path: str) -> Response:
        then = await run_in_threadpool(viewed, channels, name)
        if not is_index(path):
            return await _kept_file(request, services, then.channel, path)
        # a view serves its files, too: an index that leads elsewhere would lose the token, or keep it on the disk
        url = "" if token_in_path(request) else f"{own_address(request)}/conda/{then.channel}"
        folder = await run_in_threadpool(view_folder, channels, then, url)
        return await send_file(request, folder, path)

    return [Route("/conda/{channel}/{path:path}", channel_file)]


async def _kept_file(request: Request, services: Services, channel: str, path: str) -> Response:
    if path == notices.FILE:  # time alone may have changed what it says
        await run_in_threadpool(services.noticeboard.refresh, channel, now=milliseconds())
    folder = services.folder.channel(channel)
    if services.store_serves and path.endswith(EXTENSIONS):
        sent_on = await run_in_threadpool(_sent_on, request, services, channel, path)
        if sent_on is not None:
            services.downloads.note(request, sent_on, channel, path)
            return sent_on
    if services.folder.bucket is not None and is_beside(path):
        await run_in_threadpool(_fetch_newest, services, channel, path)
    try:
        response = await send_file(request, folder, path)
    except HTTPException:
        if not await run_in_threadpool(_brought, services, channel, path):
            raise
        response = await send_file(request, folder, path)
    services.downloads.note(request, response, channel, path)
    return response


def _sent_on(request: Request, services: Services, channel: str, path: str) -> Response | None:
    """Send a client to the object store for a package that a channel has or had; who may read was asked before."""
    sha256, bucket = digest_at(services.channels.ledger.engine, channel, path), services.folder.bucket
    if sha256 is None or bucket is None:
        return None
    url = bucket.signed(key_of(sha256), seconds=SECONDS_SIGNED, method="HEAD" if request.method == "HEAD" else "GET")
    return RedirectResponse(url, HTTPStatus.FOUND, headers={"Cache-Control": "private, no-store"})


def _brought(services: Services, channel: str, path: str) -> bool:
    """Bring a file that other machines have, and tell whether there is one."""
    purged = services.channels.purged(path)
    if purged is not None:
        raise RequestError(HTTPStatus.GONE, f"{path} was purged: {purged.reason}")
    if services.folder.bucket is None:
        return False
    return fetch(services.channels, channel, path)


def _fetch_newest(services: Services, channel: str, path: str) -> None:
    """Bring a sidecar as it is today; what was brought before is given while nobody can be asked."""
    with contextlib.suppress(OutsideError):
        fetch(services.channels, channel, path)
