"""The files of caches: indexes that are asked for again when they may have changed, packages as they arrive."""

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ownconda.channels.caches.caches import Looked
from ownconda.channels.caches.kept_files import KeptFile
from ownconda.channels.caches.transfers import Transfer
from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.errors import OutsideError
from ownconda.forge.answers import RequestError
from ownconda.forge.downloads import FOR_EVER, send_file
from ownconda.forge.plain_names import is_plain_name
from ownconda.forge.services import Services
from ownconda.repodata.documents import COMPRESSED, REPODATA
from ownconda.wires.fetching import NotThereError
from ownconda.wires.files import CHUNK

INDEXES = frozenset({REPODATA, f"{REPODATA}{COMPRESSED}"})
PATIENCE = 5.0
"""Seconds for which those wait together who could be given an older index."""


async def cached_file(request: Request, services: Services, cache: str, path: str) -> Response:
    """Answer with a file of a cache: fetched if need be, and what is kept when nobody answers elsewhere.

    Shards and what else is made of an index isn't there; clients then ask for the index.
    """
    subdir, _, name = path.partition("/")
    if subdir not in SUBDIRS or not (name in INDEXES or (name.endswith(EXTENSIONS) and is_plain_name(name))):
        raise _missing()
    if name in INDEXES:
        looked = await _looked(services, cache, subdir)
        response = await send_file(request, services.caches.index_folder(cache), path)
        response.headers["Cache-Status"] = _cache_status(looked, services)
        return response
    return await _package(request, services, cache, subdir, name)


async def _looked(services: Services, cache: str, subdir: str) -> Looked:
    looking = services.caches.index(cache, subdir)
    older = await run_in_threadpool(services.caches.older, cache, subdir)
    waited = time.monotonic() - looking.began
    patience = None if older is None else max(PATIENCE - waited, PATIENCE / 100)
    try:
        looked = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(looking.future)), patience)
    except TimeoutError:
        looked = older or Looked(is_there=False)
    except OutsideError as error:
        raise _bad_gateway(error) from error
    if not looked.is_there:
        raise _missing()
    return looked


async def _package(request: Request, services: Services, cache: str, subdir: str, name: str) -> Response:
    size, sha256 = await run_in_threadpool(services.caches.size_of, cache, subdir, name)
    if not size:
        await _look_for_news(services, cache, subdir, name)
        size, sha256 = await run_in_threadpool(services.caches.size_of, cache, subdir, name)
    await run_in_threadpool(_check_purged, services, f"{subdir}/{name}", sha256)
    if size and request.method == "HEAD":
        return Response(headers=_headers(size))
    found = await _found(services, cache, subdir, name)
    if found is None:
        raise _missing()
    if isinstance(found, KeptFile):
        return await send_file(request, services.folder.channel(cache), f"{subdir}/{name}")
    file = await _begun(found)
    return StreamingResponse(_arriving(found, file), headers=_headers(found.size))


async def _look_for_news(services: Services, cache: str, subdir: str, name: str) -> None:
    """Look whether the index lists a file by now; what is kept may be had even when that can't be known."""
    try:
        await _looked(services, cache, subdir)
    except (RequestError, HTTPException):
        if await _found(services, cache, subdir, name) is None:
            raise


async def _found(services: Services, cache: str, subdir: str, name: str) -> KeptFile | Transfer | None:
    room = services.intake.check_room
    return await run_in_threadpool(services.caches.package, cache, subdir, name, check_room=room)


async def _begun(transfer: Transfer) -> IO[bytes]:
    """Open what arrives when there is something to read, so that what fails before is answered as what it is."""
    while True:
        news = transfer.news()
        if transfer.error is not None:
            raise _failed(transfer)
        if transfer.readable or transfer.done:
            break
        await asyncio.shield(asyncio.wrap_future(news))
    try:
        return await run_in_threadpool(transfer.open)
    except FileNotFoundError:  # it has failed meanwhile
        raise _failed(transfer) from None


async def _arriving(transfer: Transfer, file: IO[bytes]) -> AsyncIterator[bytes]:
    """Read along; when what arrives turns out to be wrong, the answer ends before the length that it announced."""
    with file:
        at = 0
        while at < transfer.size:
            news = transfer.news()
            if transfer.readable > at:
                chunk = await run_in_threadpool(file.read, min(CHUNK, transfer.readable - at))
                at += len(chunk)
                yield chunk
            elif transfer.done:
                return  # the server then breaks the connection off, which any client notices; the log says why
            else:
                await asyncio.shield(asyncio.wrap_future(news))


def _failed(transfer: Transfer) -> Exception:
    if isinstance(transfer.error, NotThereError):
        return _missing()
    ours = getattr(transfer.error and transfer.error.__cause__, "errno", None)  # what the disk refused has a number
    if isinstance(transfer.error, OutsideError) and ours is None:
        return _bad_gateway(transfer.error)
    return transfer.error or OutsideError("the transfer ended early")


def _check_purged(services: Services, path: str, sha256: str) -> None:
    purged = services.channels.purged(path)
    if purged is not None and purged.sha256 == sha256:
        raise RequestError(HTTPStatus.GONE, f"{path} was purged: {purged.reason}")


def _cache_status(looked: Looked, services: Services) -> str:
    """Say how current an index is, as RFC 9211 has it: ``ttl`` is negative for what is stale."""
    age = max(0, services.channels.now() - looked.answered) // 1000
    return f"ownconda; hit; ttl=-{age}; detail=stale" if looked.stale else "ownconda; hit"


def _headers(size: int) -> dict[str, str]:
    return {"Content-Type": "application/octet-stream", "Content-Length": str(size), "Cache-Control": FOR_EVER}


def _bad_gateway(error: OutsideError) -> RequestError:
    problem = error.problems[0]
    return RequestError(HTTPStatus.BAD_GATEWAY, str(error), hint=problem.hint)


def _missing() -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, "there is no such file")
