"""One file of a package made the same everywhere: paths of the building machine, times and digests of those in it.

A path is replaced by another one that is as long, so that nothing moves, and inside what is compressed as well.
"""

import bz2
import gzip
import hashlib
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from ownconda.building import elf
from ownconda.building.streams import chunks, contains, find_all, replace_in_place
from ownconda.wires.zstandard import zstd

SMALL = 8 << 20  # bytes that are kept in memory
PYC_HEADER = 16  # bytes: magic, flags, source's time, source's size (PEP 552)
BUILD_ID_NOTE = struct.pack("<III4s", 4, 20, 3, b"GNU\0")  # sizes of name and digest, NT_GNU_BUILD_ID, the name
GZIP_MAGIC = b"\x1f\x8b\x08"
ARCHIVE_MAGIC = b"!<arch>\n"
ARCHIVE_HEADER = 60  # bytes: name, time, user, group, mode, size, an end (ar(5))
ZIP_MAGIC = b"PK\x03\x04"
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # that a zip archive can say
_ENCRYPTED = 0x1

_OPEN: dict[bytes, Callable[..., Any]] = {
    GZIP_MAGIC: gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": zstd.open,
}
_UNREADABLE = (OSError, EOFError, ValueError, struct.error, zlib.error, lzma.LZMAError, zstd.ZstdError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What is replaced, by what, which is as long; ``time`` (seconds since 1970) stands for every time."""

    path: bytes
    stand_in: bytes
    time: int


def settle(name: str, file: IO[bytes], stamp: Stamp) -> IO[bytes]:
    """Make the content of a file the same everywhere; it is changed in place, or another file takes its place."""
    replace_in_place(file, stamp.path, stamp.stand_in)
    file.seek(0)
    start = file.read(PYC_HEADER)
    if name.endswith(".pyc"):
        _settle_pyc(file, start, stamp)
    elif start.startswith(elf.MAGIC):
        file = _settled_elf(file, stamp)
    elif start.startswith(ARCHIVE_MAGIC):
        _settle_archive(file)
    elif start.startswith(ZIP_MAGIC):
        file = _settled_zip(file, stamp)
    else:
        file = _settled_compressed(file, start, stamp)
    file.seek(0)
    return file


def _settle_pyc(file: IO[bytes], start: bytes, stamp: Stamp) -> None:
    """Let bytecode that is checked by its source's time expect the time that the source gets here (PEP 552)."""
    if len(start) == PYC_HEADER and struct.unpack_from("<I", start, 4)[0] == 0:
        file.seek(8)
        file.write(struct.pack("<I", stamp.time & 0xFFFFFFFF))


def _settled_elf(file: IO[bytes], stamp: Stamp) -> IO[bytes]:
    file = _shown(file, stamp)
    places = find_all(file, BUILD_ID_NOTE)
    if places:
        _settle_build_id(file, places[0] + len(BUILD_ID_NOTE))
    return file


def _shown(file: IO[bytes], stamp: Stamp) -> IO[bytes]:
    """Decompress debug information that has the path in it: how small it got, and whether at all, depends on that."""
    shown = _new_file()
    try:
        read = elf.read_elf(file)
        packed = any(section.is_compressed for section in read.sections)
        marked = packed and (elf.holds(read, stamp.path) or elf.holds(read, stamp.stand_in))
        if marked and elf.write_decompressed(read, shown):
            replace_in_place(shown, stamp.path, stamp.stand_in)
            return shown
    except (ValueError, struct.error):
        pass  # it isn't as a linker writes it, and stays as it is
    shown.close()
    return file


def _settle_build_id(file: IO[bytes], place: int) -> None:
    """Derive the build id anew: the linker's is a digest of the file with the paths that stood in it then."""
    file.seek(place)
    file.write(bytes(20))
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in chunks(file):
        digest.update(chunk)
    file.seek(place)
    file.write(digest.digest()[:20])


def _settle_archive(file: IO[bytes]) -> None:
    """Let the members of a static library be nobody's, of no time: what `ar` does when it is asked to (``D``)."""
    place = len(ARCHIVE_MAGIC)
    while True:
        file.seek(place)
        header = file.read(ARCHIVE_HEADER)
        if len(header) < ARCHIVE_HEADER or not header[48:58].strip().isdigit():
            return
        if header[16:48].strip():  # the list of long names has no time and no owner
            file.seek(place + 16)
            file.write(b"%-12d%-6d%-6d%-8s" % (0, 0, 0, b"644" if header[40:48].strip() != b"0" else b"0"))
        size = int(header[48:58])
        place += ARCHIVE_HEADER + size + size % 2


def _settled_compressed(file: IO[bytes], start: bytes, stamp: Stamp) -> IO[bytes]:
    opened = next((way for magic, way in _OPEN.items() if start.startswith(magic)), None)
    if opened is None:
        return file
    file.seek(0)
    try:
        with opened(file) as content:
            hidden = contains(chunks(content), stamp.path)
    except _UNREADABLE:
        return file
    if hidden:
        return _compressed_anew(file, opened, start, stamp)
    if start.startswith(GZIP_MAGIC):
        file.seek(4)
        file.write(bytes(4))  # when it was compressed (RFC 1952)
    return file


def _compressed_anew(file: IO[bytes], opened: Callable[..., Any], start: bytes, stamp: Stamp) -> IO[bytes]:
    with _new_file() as plain:
        file.seek(0)
        with opened(file) as content:
            for chunk in chunks(content):
                plain.write(chunk)
        replace_in_place(plain, stamp.path, stamp.stand_in)
        plain.seek(0)
        packed = _new_file()
        compressor = gzip.GzipFile("", "wb", 9, packed, 0) if start.startswith(GZIP_MAGIC) else opened(packed, "wb")
        with compressor:
            for chunk in chunks(plain):
                compressor.write(chunk)
    return packed


def _settled_zip(file: IO[bytes], stamp: Stamp) -> IO[bytes]:
    """Write a zip archive anew when it was made while building: with entries of that hour, or the path in them."""
    time = max(datetime.fromtimestamp(stamp.time, UTC), EARLIEST)
    latest = (time.year, time.month, time.day, time.hour, time.minute, time.second // 2 * 2)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & _ENCRYPTED for entry in entries) or not any(
                entry.date_time > latest or contains(_unpacked(archive, entry), stamp.path) for entry in entries
            ):
                return file
            return _zipped_anew(archive, stamp, latest)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *_UNREADABLE):
        return file


def _zipped_anew(archive: zipfile.ZipFile, stamp: Stamp, latest: tuple[int, ...]) -> IO[bytes]:
    packed = _new_file()
    with zipfile.ZipFile(packed, "w") as anew:
        anew.comment = archive.comment
        for entry in archive.infolist():
            told = zipfile.ZipInfo(entry.filename, min(entry.date_time, latest))  # type: ignore[arg-type]
            told.compress_type, told.external_attr = entry.compress_type, entry.external_attr
            told.create_system, told.comment = entry.create_system, entry.comment
            with _new_file() as plain:
                for chunk in _unpacked(archive, entry):
                    plain.write(chunk)
                replace_in_place(plain, stamp.path, stamp.stand_in)
                plain.seek(0)
                with anew.open(told, "w", force_zip64=entry.file_size > zipfile.ZIP64_LIMIT) as target:
                    for chunk in chunks(plain):
                        target.write(chunk)
    return packed


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as content:
        yield from chunks(content)


def _new_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(SMALL)
