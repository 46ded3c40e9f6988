"""A multipart form of files whose body is read from disk while it is sent."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ownconda.wires.files import CHUNK
from ownconda.wires.progress import Bar


class FilesForm:
    """The body of a request; its length is known beforehand, and a bar advances with the files' bytes.

    ``digests`` are the sha256 of those files for which the forge is to check it.
    """

    def __init__(self, files: Sequence[Path], bar: Bar, digests: Mapping[Path, str] = MappingProxyType({})) -> None:
        self._boundary = f"ownconda-{secrets.token_hex(16)}"
        self._bar = bar
        self._parts = [(path, _head(self._boundary, path.name, digests.get(path))) for path in files]
        self._end = f"--{self._boundary}--\r\n".encode()
        self._length = len(self._end) + sum(len(head) + path.stat().st_size + 2 for path, head in self._parts)

    @property
    def content_type(self) -> str:
        """The value of the request's Content-Type."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        for path, head in self._parts:
            yield head
            self._bar.say(path.name)
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
                    self._bar.advance(len(chunk))
            yield b"\r\n"
        yield self._end


class FileBody:
    """One file as the whole body of a request."""

    def __init__(self, file: Path, bar: Bar) -> None:
        self._file, self._bar = file, bar
        self._length = file.stat().st_size

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        with self._file.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
                self._bar.advance(len(chunk))


def _head(boundary: str, name: str, sha256: str | None) -> bytes:
    announced = f"X-File-SHA256: {sha256}\r\n" if sha256 else ""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: application/octet-stream\r\n{announced}\r\n"
    ).encode()
