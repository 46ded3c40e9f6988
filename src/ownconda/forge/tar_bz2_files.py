"""The files of a channel's sibling for older clients, whose packages are made as .tar.bz2 when somebody asks."""

import asyncio
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.tar_bz2.view import BZ2, index_of, packages_of
from ownconda.forge.answers import RequestError
from ownconda.forge.downloads import send_file
from ownconda.forge.services import Services
from ownconda.repodata.index_names import is_index

PATIENCE = 20.0
"""Seconds that an answer waits for what is being made; an index that is there is given then, or a later time named."""


def is_tar_bz2(services: Services, name: str) -> bool:
    """Tell whether a name is that of a sibling which there is to be."""
    channel = name.removesuffix(TAR_BZ2)
    channels = services.channels
    return channel != name and channel in channels.names() and channels.charter(channel).tar_bz2


async def tar_bz2_file(request: Request, services: Services, name: str, path: str) -> Response:
    """Answer with a file of a sibling; one whose channel has moved is brought up to date first, if that is quick."""
    channel = name.removesuffix(TAR_BZ2)
    if not is_index(path) and not path.endswith(f"/{BZ2}"):
        return await send_file(request, packages_of(services.channels, channel), path)
    folder = index_of(services.channels, channel)
    if not await run_in_threadpool(services.siblings.is_current, channel):
        making = asyncio.wrap_future(services.siblings.making(channel))
        try:
            await asyncio.wait_for(asyncio.shield(making), PATIENCE)
        except TimeoutError:
            if not folder.is_dir():
                raise _not_yet(channel) from None
    return await send_file(request, folder, path)


def _not_yet(channel: str) -> RequestError:
    return RequestError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"the packages of {channel} are being made as .tar.bz2",
        hint="ask again later",
        headers={"Retry-After": "60"},
    )
