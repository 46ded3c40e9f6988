"""Zstandard: Python 3.14's own module, and its backport before."""

import sys
from collections.abc import Iterator, Sequence

from ownconda.wires.blocks import in_blocks

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["compressed", "zstd"]


def compressed(parts: Sequence[bytes], level: int) -> Iterator[bytes]:
    """Compress what parts are joined to, block by block, to one frame that tells its size."""
    compressor = zstd.ZstdCompressor(level)
    compressor.set_pledged_input_size(sum(map(len, parts)))
    for block in in_blocks(parts):
        if packed := compressor.compress(block):
            yield packed
    yield compressor.flush()
