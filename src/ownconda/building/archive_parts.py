"""Archives, and what else holds files, taken apart in memory. Pure."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ownconda.building.sealed_content import ARCHIVE_HEADER, ARCHIVE_MAGIC, GZIP_MAGIC, PYC_HEADER, ZIP_MAGIC
from ownconda.wires.zstandard import zstd

LARGEST_UNPACKED = 64 << 20
"""Bytes that an archive may hold to be taken apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """One member of an archive: its name, what is said of it beside its content (times, owners), its content."""

    name: str
    about: str
    content: bytes


class _TooLargeError(Exception):
    """What an archive holds is too large to be looked at."""


def parts_of(name: str, content: bytes) -> list[Part] | None:
    """Take an archive apart; None when it is none, or can't be read."""
    reader = next((read for magic, read in _READERS if content.startswith(magic)), None)
    if reader is None and name.endswith(".pyc"):
        reader = _bytecode
    if reader is None and content[257:262] == b"ustar":
        reader = _tar
    if reader is None:
        return None
    try:
        return reader(content)
    except (_TooLargeError, *_UNREADABLE):
        return None


def _gzip(content: bytes) -> list[Part]:
    flags, seconds = content[3], struct.unpack_from("<I", content, 4)[0]
    return [Part("content", f"compressed {_time(seconds)}, flags {flags:#x}", _read(gzip.open(io.BytesIO(content))))]


def _compressed(module: Callable[..., object]) -> Callable[[bytes], list[Part]]:
    return lambda content: [Part("content", "", _read(module(io.BytesIO(content))))]  # type: ignore[arg-type]


def _read(file: "io.BufferedIOBase") -> bytes:
    with file:
        content = file.read(LARGEST_UNPACKED + 1)
    if len(content) > LARGEST_UNPACKED:
        raise _TooLargeError
    return bytes(content)


def _tar(content: bytes) -> list[Part]:
    parts = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            about = f"{_time(int(entry.mtime))}, {entry.mode:04o}, {entry.uid}:{entry.gid} {entry.uname}:{entry.gname}"
            leads = f" → {entry.linkname}" if entry.linkname else ""
            parts.append(Part(entry.name, about + leads, file.read() if file else b""))
    return parts


def _zip(content: bytes) -> list[Part]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
            raise _TooLargeError
        return [
            Part(
                entry.filename,
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*entry.date_time) + f", {entry.external_attr >> 16:o}",
                archive.read(entry),
            )
            for entry in archive.infolist()
        ]


def _ar(content: bytes) -> list[Part]:
    parts, place, long_names = [], len(ARCHIVE_MAGIC), b""
    while place + ARCHIVE_HEADER <= len(content):
        header = content[place : place + ARCHIVE_HEADER]
        size = int(header[48:58])
        body = content[place + ARCHIVE_HEADER : place + ARCHIVE_HEADER + size]
        name = header[:16].decode(errors="replace").strip()
        if name == "//":
            long_names = body
        if name.startswith("/") and name[1:].isdigit():
            name = long_names[int(name[1:]) :].partition(b"/")[0].decode(errors="replace")
        parts.append(Part(name.removesuffix("/"), " ".join(header[16:48].decode(errors="replace").split()), body))
        place += ARCHIVE_HEADER + size + size % 2
    return parts


def _bytecode(content: bytes) -> list[Part]:
    flags, first, second = struct.unpack_from("<III", content, 4)
    about = f"flags {flags}, " + (
        f"hash {first:08x}{second:08x}" if flags else f"source of {_time(first)}, {second} bytes"
    )
    return [Part("code", f"magic {content[:4].hex()}, {about}", content[PYC_HEADER:])]


_READERS: tuple[tuple[bytes, Callable[[bytes], list[Part]]], ...] = (
    (GZIP_MAGIC, _gzip),
    (b"BZh", _compressed(bz2.open)),
    (b"\xfd7zXZ\0", _compressed(lzma.open)),
    (b"\x28\xb5\x2f\xfd", _compressed(zstd.open)),
    (ZIP_MAGIC, _zip),
    (ARCHIVE_MAGIC, _ar),
)
_UNREADABLE = (
    OSError, EOFError, ValueError, IndexError, OverflowError, struct.error, zlib.error, lzma.LZMAError, zstd.ZstdError,
    zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError,
)  # fmt: skip


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
