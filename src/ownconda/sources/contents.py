"""An archive's bytes as they come, from the web or from a disk, a chunk at a time."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests

from ownconda.errors import OutsideError, Where
from ownconda.wires.files import CHUNK
from ownconda.wires.http import BrokenOffError, UnreachableError, reached, redacted

SLOWEST = 1024
"""Bytes a second that a server has to send on average over `PATIENCE` seconds."""

PATIENCE = 60.0

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class NotHereError(OutsideError):
    """A place hasn't got the archive; its message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A running transfer: the archive's size in bytes, where that is known, and its chunks from the byte ``start``."""

    size: int | None
    chunks: Iterator[bytes]
    start: int = 0


class Web:
    """A session whose unreachable hosts are remembered, so that each costs its time-out once in a run."""

    def __init__(self, session: requests.Session) -> None:
        self.session = session
        self._unreachable: dict[str, str] = {}

    @contextmanager
    def open(self, url: str, start: int = 0) -> Iterator[Content]:
        """Open an ``http``, ``https`` or ``file`` address, from the byte ``start`` on where the server can.

        The bytes come as the server sends them: an archive that is called .gz stays compressed. Raises
        NotHereError when the server hasn't got it, BrokenOffError when the transfer ends too early or hardly moves,
        another OutsideError when it can't be reached.
        """
        if urlsplit(url).scheme == "file":
            with open_file(Path(url2pathname(urlsplit(url).path))) as content:
                yield content
            return
        with self.reaching(url), self._answer(url, start) as response:
            if response.status_code in _GONE:
                raise NotHereError(f"it answers {response.status_code} {response.reason}")
            response.raise_for_status()
            yield _content(response)

    def _answer(self, url: str, start: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        response = self.session.get(url, stream=True, headers=headers)
        if start and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            response.close()  # what is here already is another file than the server's
            return self._answer(url, 0)
        return response

    @contextmanager
    def reaching(self, url: str) -> Iterator[None]:
        """Ask the host of ``url`` something while the block runs, unless it was unreachable before."""
        host = _host(url)
        if host in self._unreachable:
            raise NotHereError(f"not asked again: {self._unreachable[host]}")
        try:
            with reached(url):
                yield
        except UnreachableError as error:
            self._unreachable[_failed_host(error) or host] = error.problems[0].what
            raise


@contextmanager
def open_file(path: Path) -> Iterator[Content]:
    """Open a file on disk; NotHereError when there is none."""
    try:
        file = path.open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotHereError("there is no such file") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        yield Content(size=path.stat().st_size, chunks=_chunks(path, iter(lambda: file.read(CHUNK), b"")))


def fast_enough(chunks: Iterator[bytes], *, clock: Callable[[], float] = time.monotonic) -> Iterator[bytes]:
    """Hand chunks on as long as they come at `SLOWEST` or faster; ``clock`` gives seconds.

    Raises BrokenOffError for a transfer that would take for ever.
    """
    since, came = clock(), 0
    for chunk in chunks:
        came += len(chunk)
        yield chunk
        passed = clock() - since
        if passed >= PATIENCE:
            if came < SLOWEST * passed:
                raise BrokenOffError(f"only {came} bytes came in {passed:.0f} seconds")
            since, came = clock(), 0


def _content(response: requests.Response) -> Content:
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    partial = found if response.status_code == HTTPStatus.PARTIAL_CONTENT else None
    # read1: what came is kept, even if the next byte never does
    chunks = fast_enough(iter(lambda: response.raw.read1(CHUNK, decode_content=False), b""))
    if partial is None:
        return Content(size=_number(response.headers.get("Content-Length", "")), chunks=chunks)
    return Content(size=_number(partial[2]), chunks=chunks, start=int(partial[1]))


def _chunks(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> OutsideError:
    return OutsideError(f"can't be read: {error.strerror or error}", where=Where(file=path))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _host(url: str) -> str:
    parts = urlsplit(url)
    return redacted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _failed_host(error: UnreachableError) -> str | None:
    """Tell whom the failed request went to: after a redirect it isn't whom it was meant for."""
    request = getattr(error.__cause__, "request", None)
    return _host(request.url) if request is not None and request.url else None
