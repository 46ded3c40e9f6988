"""Parts joined to blocks, compressed block by block, and written so that a reader never sees a part of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ownconda.wires.blocks import BLOCK, in_blocks
from ownconda.wires.files import write_blocks
from ownconda.wires.zstandard import compressed, zstd

PARTS = tuple(f"{number},".encode() * 5_000 for number in range(100))


def test_blocks_are_what_the_parts_are_joined_to() -> None:
    blocks = list(in_blocks(PARTS))
    assert b"".join(blocks) == b"".join(PARTS)
    assert len(blocks) > 1
    assert all(BLOCK <= len(block) < BLOCK + max(map(len, PARTS)) for block in blocks[:-1])


def test_without_parts_there_are_no_blocks() -> None:
    assert not list(in_blocks([]))


@pytest.mark.parametrize("parts", [PARTS, (), (b"", b"a", b"")])
def test_parts_become_one_frame_that_tells_its_size(parts: tuple[bytes, ...]) -> None:
    frame = b"".join(compressed(parts, 1))
    decompressor = zstd.ZstdDecompressor()
    whole = b"".join(parts)
    assert decompressor.decompress(frame) == whole
    assert decompressor.eof
    assert not decompressor.unused_data
    assert zstd.get_frame_info(frame).decompressed_size == len(whole)


def test_blocks_replace_a_longer_file(tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(b"x" * 10_000)
    write_blocks(path, (b"one", b"", b"two"))
    assert path.read_bytes() == b"onetwo"


def test_what_fails_on_its_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("no more")

    path = tmp_path / "index"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match="no more"):
        write_blocks(path, failing())
    assert path.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["index"]
