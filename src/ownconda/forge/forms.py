"""Multipart forms with files, parsed while they arrive and written to disk as they come."""

import contextlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO

from python_multipart.multipart import parse_options_header

from ownconda.forge.answers import RequestError
from ownconda.wires.files import disk_error

MOST_FILES = 1000
LONGEST_HEADERS = 16 << 10
DISPOSITION = b"content-disposition"
SHA256_HEADER = b"x-file-sha256"
"""The header of a part by which clients of prefix.dev, and ours, say what they send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file as it came: the name that the client gave it, and where its bytes are.

    ``field`` is the name of its part of the form, ``announced`` the sha256 that the client says it has, if any.
    """

    name: str
    file: Path
    field: str = "file"
    announced: str = ""


@dataclass(slots=True)
class Form:
    """A multipart form while it arrives; `python_multipart` calls it back, `write` brings it to disk.

    Its files get names of their own in ``folder``, which others use at the same time: to make a folder for each form,
    and to remove it, takes a disk longer than to write a small file.
    Parts are files when they have a file's name, or when they are called as one of ``texts``; others are passed over.
    """

    folder: Path
    texts: Collection[str] = ()
    files: list[Received] = field(default_factory=list)
    waiting_bytes: int = 0
    _waiting: list[tuple[IO[bytes], bytes]] = field(default_factory=list)
    _name: str = field(default_factory=lambda: secrets.token_hex(16))
    _open: list[IO[bytes]] = field(default_factory=list)
    _current: IO[bytes] | None = None
    _header: bytes = b""
    _value: bytes = b""
    _headers: dict[bytes, bytes] = field(default_factory=dict)

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

    def discard(self) -> None:
        """Remove those files that nobody has moved."""
        for one in self.files:
            with contextlib.suppress(OSError):
                one.file.unlink()

    def _part_begins(self) -> None:
        self._current, self._header, self._value, self._headers = None, b"", b"", {}

    def _header_came(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_headers()

    def _value_came(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_headers()

    def _header_ends(self) -> None:
        if self._header.lower() in (DISPOSITION, SHA256_HEADER):
            self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(DISPOSITION, b""))
        field_name, name = _text(options.get(b"name", b"")), _text(options.get(b"filename", b""))
        if name or field_name in self.texts:
            sha256 = _text(self._headers.get(SHA256_HEADER, b"")).strip().lower()
            path = self.folder / f"{self._name}-{len(self.files)}"
            self._begin(Received(name=name, field=field_name, announced=sha256, file=path))

    def _begin(self, received: Received) -> None:
        if len(self.files) >= MOST_FILES:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"more than {MOST_FILES} files in one request",
                hint="send them in several requests",
            )
        try:
            self._current = received.file.open("wb")
        except OSError as error:
            raise disk_error(error, Path(received.name)) from error
        self._open.append(self._current)
        self.files.append(received)

    def _data_came(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._waiting.append((self._current, data[start:end]))
            self.waiting_bytes += end - start

    def _check_headers(self) -> None:
        if len(self._header) + len(self._value) > LONGEST_HEADERS:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the form is damaged: a header of a part is too long")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
