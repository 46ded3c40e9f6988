"""The two tars in a .conda file, read entry by entry, and written so that the same entries give the same bytes.

Contents wait on disk, not in memory, for all the others to be known.
"""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ownconda.wires.files import CHUNK, atomic_file
from ownconda.wires.zstandard import zstd

COMPRESSION_LEVEL = 15
SMALL = 8 << 20  # bytes; from there on threads are worth their start. The bytes don't depend on how many there are
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say

_THREADED: dict[int, int] = {
    zstd.CompressionParameter.compression_level: COMPRESSION_LEVEL,
    zstd.CompressionParameter.nb_workers: os.cpu_count() or 1,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a tar: where, whether it can be executed, its content, or where a symbolic link leads."""

    name: str
    executable: bool = False
    content: bytes = b""
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry whose content waits in a Spool: its size in bytes and its sha256."""

    name: str
    executable: bool
    link: str | None
    offset: int
    size: int
    sha256: str


class Spool:
    """Entries on their way into an archive, by name; a name that is put again takes the other's place."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(SMALL)  # noqa: SIM115  (closed by __exit__)
        self.entries: dict[str, Kept] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, member: Member) -> Kept:
        """Take an entry."""
        return self.put_file(member, io.BytesIO(member.content))

    def put_file(self, member: Member, content: IO[bytes]) -> Kept:
        """Take an entry whose content is what is left of a file."""
        offset = self._file.seek(0, os.SEEK_END)
        digest = hashlib.sha256()
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            self._file.write(chunk)
        kept = Kept(
            name=member.name,
            executable=member.executable,
            link=member.link,
            offset=offset,
            size=self._file.tell() - offset,
            sha256=digest.hexdigest(),
        )
        self.entries[member.name] = kept
        return kept

    def get(self, kept: Kept) -> bytes:
        """Give an entry's content."""
        return self.at(kept).read(kept.size)

    def at(self, kept: Kept) -> IO[bytes]:
        """Give a file that stands where an entry's content begins; what is behind it belongs to others."""
        self._file.seek(kept.offset)
        return self._file


def read_members(package: zipfile.ZipFile, component: str) -> Iterator[Member]:
    """Go through the entries of one of a .conda's tars, ``pkg-`` or ``info-``, with their contents.

    Raises ValueError for an entry that is neither a file nor a symbolic link.
    """
    for member, content in read_files(package, component):
        yield replace(member, content=content.read())


def read_files(package: zipfile.ZipFile, component: str) -> Iterator[tuple[Member, IO[bytes]]]:
    """Go through the entries of one of a .conda's tars, each with a file that holds its content until the next one.

    Raises ValueError for an entry that is neither a file nor a symbolic link.
    """
    inner = next(name for name in package.namelist() if name.startswith(component))
    with (
        package.open(inner) as compressed,
        zstd.open(compressed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for entry in archive:
            if entry.issym():
                yield Member(entry.name, executable=True, link=entry.linkname), io.BytesIO()
            elif entry.isfile():
                content = archive.extractfile(entry)
                yield Member(entry.name, executable=bool(entry.mode & 0o100)), content or io.BytesIO()
            elif not entry.isdir():
                raise ValueError(f"{entry.name} is neither a file nor a symbolic link")


def write_conda(target: Path, payload: Spool, info: Iterable[Member], *, time: int) -> None:
    """Write a .conda file with every time set to ``time`` (seconds since 1970), owners and modes made plain."""
    stem = target.name.removesuffix(".conda")
    with Spool() as information, tempfile.TemporaryFile() as packed, tempfile.TemporaryFile() as described:
        for member in info:
            information.put(member)
        _write_tar(packed, payload, time)
        _write_tar(described, information, time)
        with atomic_file(target, durable=False) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, "metadata.json", io.BytesIO(b'{"conda_pkg_format_version":2}'))
            _add(archive, f"pkg-{stem}.tar.zst", packed)
            _add(archive, f"info-{stem}.tar.zst", described)


def _write_tar(file: IO[bytes], spool: Spool, time: int) -> None:
    with tempfile.SpooledTemporaryFile(SMALL) as plain:
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for name in sorted(spool.entries):
                kept = spool.entries[name]
                archive.addfile(_tar_entry(kept, time), spool.at(kept))
        size = plain.tell()
        plain.seek(0)
        if size <= SMALL:
            file.write(zstd.compress(plain.read(), COMPRESSION_LEVEL))
        else:
            with zstd.ZstdFile(file, "w", options=_THREADED) as compressed:
                shutil.copyfileobj(plain, compressed, 1 << 20)
    file.seek(0)


def _tar_entry(kept: Kept, time: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(kept.name)
    entry.mtime = time
    entry.mode = 0o755 if kept.executable else 0o644
    if kept.link is None:
        entry.size = kept.size
    else:
        entry.type, entry.linkname = tarfile.SYMTYPE, kept.link
    return entry


def _add(archive: zipfile.ZipFile, name: str, content: IO[bytes]) -> None:
    entry = zipfile.ZipInfo(name, ZIP_EPOCH)
    entry.create_system = 3  # Unix, wherever it is made
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w") as file:
        shutil.copyfileobj(content, file, 1 << 20)
