"""Plain files for any client: content types, ETag, Last-Modified, Range, HEAD and 304."""

import os
import re
import stat
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.conda.names import EXTENSIONS
from ownconda.forge.hot_files import HotFiles
from ownconda.forge.installer_names import names_one_version
from ownconda.repodata.shards import SHARDS_FOLDER

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TYPES = {  # everything else is bytes: what somebody uploaded must never run in a browser as a page of ours
    ".bz2": "application/x-bzip2",
    ".zst": "application/zstd",
    ".json": "application/json",
    ".sigs": "application/json",
}
_RANGE = re.compile(rb"(?=.*[0-9])([0-9]{0,18})-([0-9]{0,18})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIGNATURES = re.compile(rf".*{re.escape(SUFFIXES['signatures'])}\.[0-9a-f]{{64}}")
_conditional: Callable[[Headers, Headers], bool] = StaticFiles(directory=None).is_not_modified


async def send_file(request: Request, root: Path, relative: str) -> Response:
    """Answer with the file ``relative`` below ``root``, or 404; names that begin with a dot are private."""
    response = await _response(request, root, relative)
    return unless_known(request, response)


def unless_known(request: Request, response: Response) -> Response:
    """Give an answer, or where the client has it already, that it hasn't changed."""
    if _conditional(response.headers, request.headers):
        return NotModifiedResponse(response.headers)
    return response


async def _response(request: Request, root: Path, relative: str) -> Response:
    ranged = "range" in request.headers
    hot = None if ranged else _hot.get(root, relative)
    if hot is None:
        path = path_below(root, relative)
        if not ranged and not path.name.endswith(EXTENSIONS):  # packages go from the disk to the network by themselves
            hot = await run_in_threadpool(_hot.put, root, relative, path)
        if hot is None:
            return await run_in_threadpool(_response_for, path)
    return Response(b"" if request.method == "HEAD" else hot.content, headers=hot.headers)


def _response_for(path: Path) -> FileResponse:
    try:
        facts = path.stat()
    except (OSError, ValueError):
        raise missing() from None
    if not stat.S_ISREG(facts.st_mode):
        raise missing()
    kind = RangedFileResponse if _never_changes(path) else _ReplaceableFileResponse
    return kind(path, stat_result=facts, headers=_headers(path, facts))


class RangedFileResponse(FileResponse):
    """A FileResponse that answers a malformed Range as if there were none (RFC 9110, 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range" or _is_range(value)]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _is_range(value: bytes) -> bool:
    unit, _, ranges = value.partition(b"=")
    return unit.strip().lower() == b"bytes" and all(_is_one_range(one.strip()) for one in ranges.split(b","))


def _is_one_range(text: bytes) -> bool:
    match = _RANGE.fullmatch(text)
    return match is not None and (not match[1] or not match[2] or int(match[1]) <= int(match[2]))


class _ReplaceableFileResponse(FileResponse):
    """A FileResponse for index files, whose name may come to mean a newer file at any moment.

    It opens the file before it tells its size, so that headers and bytes are always those of one file.
    """

    chunk_size = 1 << 20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with await run_in_threadpool(Path(self.path).open, "rb") as file:
            facts = os.fstat(file.fileno())
            opened = RangedFileResponse(
                f"/dev/fd/{file.fileno()}",
                stat_result=facts,
                headers=_headers(Path(self.path), facts),
            )
            opened.chunk_size = self.chunk_size
            await opened({**scope, "extensions": {}}, receive, send)  # no pathsend: it would open the file too late


def path_below(root: Path, relative: str) -> Path:
    """Give the path of what a client asks for below a folder. Raises HTTPException for what is outside, or private."""
    path = root / relative
    try:
        inside = path.resolve().is_relative_to(root.resolve())  # <- path traversal stops here
    except (OSError, ValueError, RuntimeError):  # the last where links go round in a circle
        inside = False
    if (
        not inside
        or relative != str(PurePosixPath(relative))
        or any(part.startswith(".") for part in path.relative_to(root).parts)
    ):
        raise missing()
    return path


def _headers(path: Path, facts: os.stat_result) -> dict[str, str]:
    return {
        "Content-Type": _type(path),
        "Content-Length": str(facts.st_size),
        "Accept-Ranges": "bytes",
        "Last-Modified": formatdate(facts.st_mtime, usegmt=True),
        "ETag": etag(facts),
        "Cache-Control": FOR_EVER if _never_changes(path) else ASK_AGAIN,
    }


def etag(facts: os.stat_result) -> str:
    """Give what tells one content of a file from another."""
    return f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"'


def _never_changes(path: Path) -> bool:
    """Tell whether a name means one content for ever: packages, versioned installers, what is named by its checksum."""
    named_by_content = path.parent.name == SHARDS_FOLDER or _SHA256.fullmatch(path.parent.name) is not None
    if named_by_content or names_one_version(path.name):
        return True
    return path.name.endswith(EXTENSIONS) or _SIGNATURES.fullmatch(path.name) is not None


def _type(path: Path) -> str:
    suffix = ".sigs" if _SIGNATURES.fullmatch(path.name) else path.suffix
    return TYPES.get(suffix, "application/octet-stream")


def missing() -> HTTPException:
    """Say that there is no such file."""
    return HTTPException(HTTPStatus.NOT_FOUND, "there is no such file")


_hot = HotFiles(_headers)
