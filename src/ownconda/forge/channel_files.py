"""The files below a channel's address, and below that of a channel as it was."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ownconda.channels.far_files import bring, digest_at
from ownconda.channels.opening import milliseconds
from ownconda.channels.views import view_folder, viewed
from ownconda.forge.answers import RequestError
from ownconda.forge.cached_files import cached_file
from ownconda.forge.downloads import send_file
from ownconda.forge.own_address import own_address
from ownconda.forge.services import Services
from ownconda.forge.tar_bz2_files import is_tar_bz2, tar_bz2_file
from ownconda.forge.token_paths import token_in_path
from ownconda.repodata import notices
from ownconda.repodata.index_names import is_index


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
    try:
        response = await send_file(request, folder, path)
    except HTTPException:
        if not await run_in_threadpool(_brought, services, channel, path):
            raise
        response = await send_file(request, folder, path)
    services.downloads.note(request, response, channel, path)
    return response


def _brought(services: Services, channel: str, path: str) -> bool:
    """Bring a file that other machines have, and tell whether there is one."""
    purged = services.channels.purged(path)
    if purged is not None:
        raise RequestError(HTTPStatus.GONE, f"{path} was purged: {purged.reason}")
    if services.folder.bucket is None:
        return False
    sha256 = digest_at(services.channels.ledger.engine, channel, path)
    place = services.folder.channel(channel) / path
    return sha256 is not None and bring(services.channels.store, place, sha256)
