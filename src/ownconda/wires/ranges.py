"""A file on a web server that is read in pieces, by ranges (RFC 9110), as if it were on disk."""

import io

import requests

from ownconda.errors import Where
from ownconda.wires.fetching import NotThereError, OtherContentError
from ownconda.wires.http import reached, redacted

AT_ONCE = 1 << 16
"""Bytes of a piece: the end of a package, with the list of its members, is asked for first."""


class NoRangesError(OtherContentError):
    """The server hands out whole files only."""


class RangedFile(io.RawIOBase):
    """A file at ``url``, read by ranges through a session; the piece that was read last is remembered."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self._url, self._session, self._at = url, session, 0
        self._start, self._piece = 0, b""
        self._size = self._ask(f"bytes=-{AT_ONCE}")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Tell the place."""
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on. Raises OutsideError when the server can't be reached, or hands out something else than before."""
        wanted = self._size - self._at if size is None or size < 0 else min(size, self._size - self._at)
        if wanted <= 0:
            return b""
        if not self._start <= self._at <= self._at + wanted <= self._start + len(self._piece):
            last = min(self._size, self._at + max(wanted, AT_ONCE)) - 1
            if self._ask(f"bytes={self._at}-{last}") != self._size:
                raise OtherContentError("was replaced while it was read", where=Where(file=redacted(self._url)))
        begin = self._at - self._start
        self._at += wanted
        return self._piece[begin : begin + wanted]

    def _ask(self, wanted: str) -> int:
        """Ask for a piece, and give the size of the whole file."""
        headers = {"Range": wanted, "Accept-Encoding": "identity"}
        with reached(self._url), self._session.get(self._url, headers=headers, stream=True) as answer:
            if answer.status_code in {requests.codes.not_found, requests.codes.gone}:
                raise NotThereError("isn't there", where=Where(file=redacted(self._url)))
            answer.raise_for_status()
            unit, _, told = answer.headers.get("Content-Range", "").partition(" ")
            span, _, size = told.partition("/")
            start = span.partition("-")[0]
            if (
                answer.status_code != requests.codes.partial_content
                or unit != "bytes"
                or not (start + size).isdecimal()
            ):
                raise NoRangesError("can't be read in pieces", where=Where(file=redacted(self._url)))
            self._start, self._piece = int(start), answer.content
        return int(size)
