"""An archive's bytes as they come, from the web or from a disk, a chunk at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests

from ownconda.errors import OutsideError, Where
from ownconda.wires.files import CHUNK
from ownconda.wires.http import UnreachableError, reached, redacted

_GONE = (404, 410)


class NotHereError(OutsideError):
    """A place hasn't got the archive; its message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A running transfer: its size in bytes, where that is known, and its chunks."""

    size: int | None
    chunks: Iterator[bytes]


class Web:
    """A session whose unreachable hosts are remembered, so that each costs its time-out once in a run."""

    def __init__(self, session: requests.Session) -> None:
        self.session = session
        self._unreachable: dict[str, str] = {}

    @contextmanager
    def open(self, url: str) -> Iterator[Content]:
        """Open an ``http``, ``https`` or ``file`` address.

        The bytes come as the server sends them: an archive that is called .gz stays compressed. Raises
        NotHereError when the server hasn't got it, OutsideError when it can't be reached.
        """
        if urlsplit(url).scheme == "file":
            with open_file(Path(url2pathname(urlsplit(url).path))) as content:
                yield content
            return
        with (
            self.reaching(url),
            self.session.get(url, stream=True, headers={"Accept-Encoding": "identity"}) as response,
        ):
            if response.status_code in _GONE:
                raise NotHereError(f"it answers {response.status_code} {response.reason}")
            response.raise_for_status()
            yield Content(size=_size(response), chunks=response.raw.stream(CHUNK, decode_content=False))

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


def _chunks(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> OutsideError:
    return OutsideError(f"can't be read: {error.strerror or error}", where=Where(file=path))


def _size(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _host(url: str) -> str:
    parts = urlsplit(url)
    return redacted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _failed_host(error: UnreachableError) -> str | None:
    """Tell whom the failed request went to: after a redirect it isn't whom it was meant for."""
    request = getattr(error.__cause__, "request", None)
    return _host(request.url) if request is not None and request.url else None
