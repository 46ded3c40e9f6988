"""Files searched and changed a chunk at a time, however large they are."""

from collections.abc import Iterable, Iterator
from typing import IO

from ownconda.wires.files import CHUNK


def chunks(file: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """Read ``size`` bytes from where a file stands, or all that is left of it."""
    left = size
    while left is None or left > 0:
        chunk = file.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def contains(content: Iterable[bytes], wanted: bytes) -> bool:
    """Tell whether these bytes stand in a content that comes in chunks."""
    return any(wanted in window for _, window in _windows(content, overlap=len(wanted) - 1))


def find_all(file: IO[bytes], wanted: bytes) -> list[int]:
    """Give the places at which these bytes stand in a file."""
    file.seek(0)
    found: list[int] = []
    for start, window in _windows(chunks(file), overlap=len(wanted) - 1):
        place = window.find(wanted)
        while place >= 0:
            found.append(start + place)
            place = window.find(wanted, place + len(wanted))
    return found


def replace_in_place(file: IO[bytes], old: bytes, new: bytes) -> None:
    """Write ``new``, which is as long, wherever ``old`` stands in a file."""
    for place in find_all(file, old):
        file.seek(place)
        file.write(new)


def _windows(content: Iterable[bytes], *, overlap: int) -> Iterator[tuple[int, bytes]]:
    """Give each chunk, and where it begins, with the end of the one before, so that nothing between two is missed."""
    start, before = 0, b""
    for chunk in content:
        window = before + chunk
        yield start, window
        before = window[-overlap:] if overlap else b""
        start += len(window) - len(before)
