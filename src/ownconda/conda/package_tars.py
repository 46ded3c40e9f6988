"""The tar archives in package files read entry by entry, in bounded memory whatever they hold."""

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from ownconda.wires.files import CHUNK
from ownconda.wires.zstandard import zstd

Entry = TypeVar("Entry", bound=tarfile.TarInfo)

SMALL = 1 << 20
LARGEST_HEADER = 128 << 10
"""Bytes of one tar header: a path has at most 4 KiB, an extended attribute at most 64 KiB."""

MOST_GLOBAL_HEADERS = 64
LARGEST_LISTING = 128 << 20
"""Bytes that the names of all entries may take together, with `PER_ENTRY` for each."""

PER_ENTRY = 256

LARGEST_INFO = 256 << 20
"""Bytes of what tells of a package, packed."""

UNPACKED_AT_LEAST, UNPACKED_PER_BYTE = 256 << 20, 200
"""Bytes that a package may unpack to, whatever its size, and more for each of its bytes: bombs take thousands."""

DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, OSError,
    EOFError, ValueError, KeyError, OverflowError, RuntimeError,
)  # fmt: skip
"""What reading a damaged archive may raise."""

_LONG_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)


def tar_entries(path: Path, name: str, component: str) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Go through a package's tar entries in their order.

    ``name`` tells the format of the file at ``path``, ``component`` chooses one of the two tars of a .conda:
    ``info-`` or ``pkg-``. Raises one of `DAMAGE` when it is damaged, or made to fill the memory.
    """
    if name.endswith(".tar.bz2"):
        with opened(path) as packed, bz2.open(packed) as stream:
            unpacked = _Unpacked(stream, _most(path))
            yield from bounded_entries(unpacked)
            while unpacked.read(CHUNK):  # the checksum stands behind the last entry
                pass
        return
    with opened(path) as file, zipfile.ZipFile(file) as outer:
        inner = [member for member in outer.namelist() if member.startswith(component) and member.endswith(".tar.zst")]
        if len(inner) != 1:
            raise ValueError(f"it has to hold one {component}….tar.zst, and holds {len(inner)}")
        with outer.open(inner[0]) as compressed, zstd.open(compressed) as unzipped:
            yield from bounded_entries(_Unpacked(unzipped, _most(path)))


def info_entries(file: IO[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Go through the entries below ``info`` of a .conda that is open; raises as `tar_entries` does."""
    with zipfile.ZipFile(file) as outer:
        inner = [one for one in outer.infolist() if one.filename.startswith("info-")]
        if len(inner) != 1 or inner[0].compress_type != zipfile.ZIP_STORED or inner[0].file_size > LARGEST_INFO:
            raise ValueError("it has to hold one info-….tar.zst, of no more than 256 MiB")
        with outer.open(inner[0]) as compressed, zstd.open(io.BytesIO(compressed.read())) as unzipped:
            yield from bounded_entries(_Unpacked(unzipped, UNPACKED_AT_LEAST + UNPACKED_PER_BYTE * inner[0].file_size))


def opened(path: Path) -> IO[bytes]:
    """Open a package file; a small one in memory.

    Its archives are read in many small steps. On disk each of them lets other threads take the interpreter, and
    several that read packages at the same time would mostly wait for each other.
    """
    return io.BytesIO(path.read_bytes()) if path.stat().st_size <= SMALL else path.open("rb")


def _most(package: Path) -> int:
    return UNPACKED_AT_LEAST + UNPACKED_PER_BYTE * package.stat().st_size


class _Unpacked(io.BufferedIOBase):
    """What a package unpacks to, which ends with a ValueError when it becomes too much."""

    def __init__(self, stream: IO[bytes] | zstd.ZstdFile, most: int) -> None:
        self._stream = stream
        self._most = most
        self._left = self._most

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if size is None else size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {self._most >> 20} MiB, {UNPACKED_PER_BYTE} times its size")
        return data


def bounded_entries(
    stream: IO[bytes] | io.BufferedIOBase | zstd.ZstdFile,
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Go through the entries of an unpacked tar, in bounded memory; raises as `tar_entries` does."""
    listed = 0
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_BoundedEntry) as archive:
        while (entry := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep every entry
            listed += len(entry.name) + len(entry.linkname) + PER_ENTRY
            if listed > LARGEST_LISTING or len(archive.pax_headers) > MOST_GLOBAL_HEADERS:
                raise ValueError("it has too many entries, or too long names")
            yield archive, entry


def _checked(entry: Entry) -> Entry:
    if entry.type in _LONG_HEADERS and entry.size > LARGEST_HEADER:
        raise ValueError(f"a tar header is {entry.size} bytes large")
    if entry.type == tarfile.GNUTYPE_SPARSE:
        raise ValueError("it holds a sparse file")
    return entry


class _BoundedEntry(tarfile.TarInfo):
    """An entry whose headers are refused before they are read when they are too large."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_BoundedEntry":
        return _checked(super().frombuf(buf, encoding, errors))

    @classmethod
    def _frombuf(cls, *arguments: Any, **options: Any) -> "_BoundedEntry":  # noqa: ANN401  (the base class's)
        # what tarfile itself calls since its header checks of 2025; Debian has them in 3.11.2
        return _checked(super()._frombuf(*arguments, **options))  # type: ignore[misc, no-any-return]

    def _proc_gnusparse_10(self, *_: object) -> None:
        raise ValueError("it holds a sparse file")
