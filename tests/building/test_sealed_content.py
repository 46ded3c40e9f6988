import bz2
import gzip
import io
import lzma
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from binaries import library, small_elf

from ownconda.building import elf
from ownconda.building.sealed_content import Stamp, settle
from ownconda.building.streams import find_all, replace_in_place
from ownconda.wires.files import CHUNK

HERE, THERE = b"/build/one/a1b2c3d4______", b"/build/two/99998888______"
STAND_IN = b"/ownconda/build__________"
TIME = 1_234_567_890  # 2009-02-13 23:31:30


def settled(content: bytes, name: str = "share/file", path: bytes = HERE) -> bytes:
    with settle(name, io.BytesIO(content), Stamp(path=path, stand_in=STAND_IN, time=TIME)) as file:
        return file.read()


def text(path: bytes) -> bytes:
    return b"made in " + path + b", and again in " + path + b"\n" + bytes(range(256)) * 40


COMPRESSIONS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, zstd.compress]


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_path_inside_what_is_compressed_is_replaced(compress: Callable[[bytes], bytes]) -> None:
    one, two = settled(compress(text(HERE))), settled(compress(text(THERE)), path=THERE)
    assert one == two
    unpacked = {gzip.compress: gzip.decompress, bz2.compress: bz2.decompress, lzma.compress: lzma.decompress}
    assert unpacked.get(compress, zstd.decompress)(one) == text(STAND_IN)


@pytest.mark.parametrize("compress", COMPRESSIONS[1:])
def test_what_holds_no_path_stays_as_it_was_compressed(compress: Callable[[bytes], bytes]) -> None:
    content = compress(b"nothing of the machine")
    assert settled(content) == content


@pytest.mark.parametrize("damaged", [b"\x1f\x8b\x08 no gzip", b"BZh no bzip2", b"PK\x03\x04 no zip", b"\x7fELF no ELF"])
def test_what_only_looks_like_an_archive_stays_as_it_is(damaged: bytes) -> None:
    assert settled(damaged) == damaged


@pytest.mark.parametrize("length", range(30, 700, 30))
def test_an_elf_file_that_is_cut_short_stays_as_it_is_but_for_paths(length: int) -> None:
    cut = small_elf(text(HERE))[:length]
    assert settled(cut) == cut


def zipped(path: bytes, hour: tuple[int, int, int, int, int, int]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("b.txt", "a.txt"):
            entry = zipfile.ZipInfo(name, hour)
            entry.external_attr, entry.compress_type = 0o755 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, text(path))
    return buffer.getvalue()


def test_a_zip_archive_of_the_hour_of_the_build_is_made_the_same() -> None:
    one = settled(zipped(HERE, (2026, 1, 2, 3, 4, 6)))
    assert one == settled(zipped(THERE, (2027, 6, 5, 4, 3, 2)), path=THERE)
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert [entry.filename for entry in archive.infolist()] == ["b.txt", "a.txt"]
        assert {entry.date_time for entry in archive.infolist()} == {(2009, 2, 13, 23, 31, 30)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o755}
        assert archive.read("a.txt") == text(STAND_IN)


def test_a_zip_archive_that_came_with_the_sources_stays_as_it_is() -> None:
    old = zipped(b"/usr", (2001, 2, 3, 4, 5, 6))
    assert settled(old) == old


def test_members_of_a_static_library_lose_their_times_and_owners() -> None:
    assert (
        settled(library(1_700_000_000, 1000, b"100664")) == settled(library(5, 0, b"100644")) == library(0, 0, b"644")
    )


def test_a_path_is_found_across_the_pieces_in_which_a_large_file_is_read() -> None:
    places = [CHUNK - 10, 2 * CHUNK - len(HERE), 3 * CHUNK, 4 * CHUNK - 1]
    content = bytearray(5 * CHUNK)
    for place in places:
        content[place : place + len(HERE)] = HERE
    file = io.BytesIO(content)
    assert find_all(file, HERE) == places
    replace_in_place(file, HERE, STAND_IN)
    assert file.getvalue() == bytes(content).replace(HERE, STAND_IN)


def test_debug_information_with_a_path_in_it_is_decompressed_so_that_it_can_be_the_same() -> None:
    one, two = settled(small_elf(text(HERE))), settled(small_elf(text(THERE)), path=THERE)
    assert one == two
    read = elf.read_elf(io.BytesIO(one))
    [debug] = [section for section in read.sections if section.name == ".debug_str"]
    assert not debug.is_compressed
    assert b"".join(read.content(debug)) == text(STAND_IN)
    assert [section.name for section in read.sections] == ["", ".text", ".debug_str", ".shstrtab"]


def test_debug_information_without_a_path_stays_compressed() -> None:
    assert settled(small_elf(b"nothing of the machine")) == small_elf(b"nothing of the machine")


@pytest.mark.compiles
def test_what_a_compiler_compressed_can_be_read_by_the_systems_tools_afterwards(tmp_path: Path) -> None:
    source, compiled = tmp_path / "one.c", tmp_path / "one.o"
    source.write_text("#include <stdio.h>\nint one(void) { return puts(__FILE__); }\n")
    subprocess.run(["gcc", "-g", "-gz=zlib", "-c", source, "-o", compiled], cwd=tmp_path, check=True)
    path = str(tmp_path).encode()
    stamp = Stamp(path=path, stand_in=b"/".ljust(len(path), b"x"), time=TIME)
    with compiled.open("r+b") as file, settle("one.o", file, stamp) as sealed:
        content = sealed.read()
    assert path not in content
    assert not [one for one in elf.read_elf(io.BytesIO(content)).sections if one.is_compressed]
    (tmp_path / "sealed.o").write_bytes(content)
    command = ["readelf", "-SW", "--debug-dump=info", str(tmp_path / "sealed.o")]
    checked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert stamp.stand_in.decode() in checked.stdout
    assert not checked.stderr
