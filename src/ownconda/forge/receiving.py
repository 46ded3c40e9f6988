"""What a client sends, streamed to disk as long as there is room: multipart forms and plain bodies."""

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ownconda.forge.answers import RequestError
from ownconda.forge.forms import Form, Received
from ownconda.wires.files import CHUNK, disk_error

LARGEST_REQUEST = 4 << 30
MOST_KEPT_FREE = 1 << 30
PART_KEPT_FREE = 20
SMALL = 64 << 10
BYTES_BETWEEN_LOOKS = 64 << 20
SECONDS_UNTIL_ROOM = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where uploads arrive: requests of at most ``largest`` bytes, while ``keep_free`` bytes of the disk stay free.

    Without ``keep_free`` that is a twentieth of the disk, at most 1 GiB. Who sends nothing for ``patience`` seconds is
    given up.
    """

    folder: Path
    largest: int = LARGEST_REQUEST
    keep_free: int | None = None
    patience: float = 60.0

    def check_room(self, size: int = 0) -> None:
        """Raise RequestError when ``size`` more bytes would leave less free than is to be kept."""
        try:
            disk = shutil.disk_usage(self.folder)
        except OSError as error:
            raise disk_error(error, self.folder) from error
        kept = min(MOST_KEPT_FREE, disk.total // PART_KEPT_FREE) if self.keep_free is None else self.keep_free
        if disk.free - size < kept:
            raise RequestError(
                HTTPStatus.INSUFFICIENT_STORAGE,
                f"the forge's disk is nearly full: {disk.free >> 20} MiB are free, and {kept >> 20} MiB are to stay so",
                hint="nothing was taken; tell the operator, who can free some space or change --keep-free",
                headers={"Retry-After": str(SECONDS_UNTIL_ROOM)},
            )

    def check_size(self, size: int) -> None:
        """Raise RequestError when a request is larger than is taken."""
        if size > self.largest:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"the request is larger than the {self.largest} bytes that this forge takes",
                hint="send fewer files at once, or ask the operator for --largest-upload",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A plain body: where its bytes are, and their sha256."""

    path: Path
    sha256: str


@contextlib.asynccontextmanager
async def received_files(
    request: Request, intake: Intake, *, texts: Collection[str] = ()
) -> AsyncIterator[list[Received]]:
    """Stream the files of a multipart form to disk; what isn't moved is gone when the block ends.

    Parts that are called as one of ``texts`` are taken as well when they have no file's name. Raises RequestError when
    the form is none, holds no file, is too large or finds no room; OutsideError when the disk refuses;
    ClientDisconnect when the client leaves.
    """
    boundary = _boundary(request)
    form = Form(intake.folder, texts)
    try:
        try:
            parser = MultipartParser(boundary, form.callbacks(), max_size=intake.largest)  # type: ignore[arg-type]
            async for chunk in _body(request, intake):
                parser.write(chunk)
                if form.waiting_bytes >= CHUNK:
                    await run_in_threadpool(form.write)
            parser.finalize()
            if form.waiting_bytes > SMALL:
                await run_in_threadpool(form.write)
            else:  # it takes less time than to have a thread do it
                form.write()
        except FormParserError as error:
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the form is damaged: {error}") from error
        finally:
            form.close()
        if not any(one.name for one in form.files):
            hint = "for example: curl -F file=@x.conda"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the upload holds no file", hint=hint)
        yield form.files
    finally:
        form.discard()


@contextlib.asynccontextmanager
async def received_body(request: Request, intake: Intake) -> AsyncIterator[Body]:
    """Stream a plain body to disk; it is gone when the block ends, unless moved.

    Raises as `received_files`.
    """
    digest = hashlib.sha256()
    with _folder(intake.folder) as folder:
        path = folder / "body"
        try:
            with path.open("wb") as file:
                async for chunk in _body(request, intake):
                    digest.update(chunk)
                    await run_in_threadpool(file.write, chunk)
        except OSError as error:
            raise disk_error(error, Path(request.url.path)) from error
        yield Body(path=path, sha256=digest.hexdigest())


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        is_form = kind == b"multipart/form-data"
        raise RequestError(
            HTTPStatus.BAD_REQUEST if is_form else HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "an upload has to be a form with files (multipart/form-data)",
            hint="for example: curl -F file=@x.conda",
        )
    return boundary


async def _body(request: Request, intake: Intake) -> AsyncIterator[bytes]:
    announced = request.headers.get("content-length", "")
    size, next_look = 0, BYTES_BETWEEN_LOOKS
    intake.check_size(int(announced) if announced.isdecimal() else 0)
    intake.check_room(int(announced) if announced.isdecimal() else 0)
    async for chunk in _chunks(request, intake.patience):
        size += len(chunk)
        intake.check_size(size)
        if size >= next_look:
            intake.check_room()
            next_look += BYTES_BETWEEN_LOOKS
        yield chunk


async def _chunks(request: Request, patience: float) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            hint = "send it again; an upload that is called again goes on where it was"
            raise RequestError(HTTPStatus.REQUEST_TIMEOUT, f"nothing came for {patience:g} s", hint=hint) from None
        yield chunk


@contextlib.contextmanager
def _folder(incoming: Path) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(dir=incoming)
    except OSError as error:
        raise disk_error(error, incoming) from error
    with folder as path:
        yield Path(path)
