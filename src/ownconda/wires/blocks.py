"""Blocks: many small parts joined to few, none of them so large that the system has to find memory for it anew."""

from collections.abc import Iterable, Iterator

BLOCK = 1 << 20
"""Bytes of a block, at least: it stays in the processor's cache between its joining and what is done with it."""


def in_blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join parts, in their order, to blocks of `BLOCK` bytes or a part more; the last one may be smaller."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= BLOCK:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield b"".join(waiting)
