"""What a client sends, streamed to disk: multipart forms and plain bodies."""

import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ownconda.forge.answers import RequestError
from ownconda.wires.files import CHUNK, disk_error

MOST_FILES = 1000
LONGEST_HEADERS = 16 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file as it came: the name that the client gave it, and where its bytes are."""

    name: str
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A plain body: where its bytes are, and their sha256."""

    path: Path
    sha256: str


@contextlib.asynccontextmanager
async def received_files(request: Request, incoming: Path, *, largest: int) -> AsyncIterator[list[Received]]:
    """Stream the files of a multipart form into ``incoming``; what isn't moved is gone when the block ends.

    Raises RequestError when the form is none, holds no file or is larger than ``largest`` bytes; OutsideError
    when the disk refuses; ClientDisconnect when the client leaves.
    """
    boundary = _boundary(request)
    with _folder(incoming) as folder:
        form = _Form(folder)
        try:
            parser = MultipartParser(boundary, form.callbacks(), max_size=largest)  # type: ignore[arg-type]
            async for chunk in _body(request, largest=largest):
                parser.write(chunk)
                if form.waiting_bytes >= CHUNK:
                    await run_in_threadpool(form.write)
            parser.finalize()
            await run_in_threadpool(form.write)
        except FormParserError as error:
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the form is damaged: {error}") from error
        finally:
            form.close()
        if not form.files:
            raise RequestError(
                HTTPStatus.BAD_REQUEST, "the upload holds no file", hint="for example: curl -F file=@x.conda"
            )
        yield form.files


@contextlib.asynccontextmanager
async def received_body(request: Request, incoming: Path, *, largest: int) -> AsyncIterator[Body]:
    """Stream a plain body into ``incoming``; it is gone when the block ends, unless moved.

    Raises as `received_files`.
    """
    digest = hashlib.sha256()
    with _folder(incoming) as folder:
        path = folder / "body"
        try:
            with path.open("wb") as file:
                async for chunk in _body(request, largest=largest):
                    digest.update(chunk)
                    await run_in_threadpool(file.write, chunk)
        except OSError as error:
            raise disk_error(error, Path(request.url.path)) from error
        yield Body(path=path, sha256=digest.hexdigest())


@dataclass(slots=True)
class _Form:
    """A multipart form while it arrives; `python_multipart` calls it back, `write` brings it to disk."""

    folder: Path
    files: list[Received] = field(default_factory=list)
    waiting_bytes: int = 0
    _waiting: list[tuple[IO[bytes], bytes]] = field(default_factory=list)
    _open: list[IO[bytes]] = field(default_factory=list)
    _current: IO[bytes] | None = None
    _header: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""

    def callbacks(self) -> dict[str, object]:
        """Give the parser what it calls."""
        return {
            "on_part_begin": self._part_begins,
            "on_part_data": self._data_came,
            "on_header_field": self._header_came,
            "on_header_value": self._value_came,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
        }

    def write(self) -> None:
        """Bring to disk what waits."""
        try:
            for file, data in self._waiting:
                file.write(data)
            for file in self._open:
                file.flush()
        except OSError as error:
            raise disk_error(error, Path(self.files[-1].name)) from error
        finally:
            self._waiting.clear()
            self.waiting_bytes = 0

    def close(self) -> None:
        """Close all files."""
        for file in self._open:
            with contextlib.suppress(OSError):
                file.close()

    def _part_begins(self) -> None:
        self._current, self._header, self._value, self._disposition = None, b"", b"", b""

    def _header_came(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_headers()

    def _value_came(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_headers()

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename", b"").decode("utf-8", "replace")
        if name:
            self._begin_file(name)

    def _begin_file(self, name: str) -> None:
        if len(self.files) >= MOST_FILES:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"more than {MOST_FILES} files in one request",
                hint="send them in several requests",
            )
        path = self.folder / str(len(self.files))
        try:
            self._current = path.open("wb")
        except OSError as error:
            raise disk_error(error, Path(name)) from error
        self._open.append(self._current)
        self.files.append(Received(name=name, file=path))

    def _data_came(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._waiting.append((self._current, data[start:end]))
            self.waiting_bytes += end - start

    def _check_headers(self) -> None:
        if len(self._header) + len(self._value) > LONGEST_HEADERS:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the form is damaged: a header of a part is too long")


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise RequestError(
            HTTPStatus.BAD_REQUEST,
            "an upload has to be a form with files (multipart/form-data)",
            hint="for example: curl -F file=@x.conda",
        )
    return boundary


async def _body(request: Request, *, largest: int) -> AsyncIterator[bytes]:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > largest:
        raise _too_large(largest)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        yield chunk


@contextlib.contextmanager
def _folder(incoming: Path) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(dir=incoming)
    except OSError as error:
        raise disk_error(error, incoming) from error
    with folder as path:
        yield Path(path)


def _too_large(largest: int) -> RequestError:
    return RequestError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request is larger than the {largest} bytes that this forge takes",
        hint="send fewer files at once, or ask the operator for --largest-upload",
    )
