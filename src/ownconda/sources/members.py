"""What an archive holds, member by member, in bounded memory whatever it is."""

import bz2
import calendar
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

from ownconda.conda.package_tars import DAMAGE, bounded_entries
from ownconda.wires.zstandard import zstd

__all__ = ["DAMAGE", "Format", "Kind", "Member", "format_of", "looks_like", "members", "opened_members"]

Format = Literal["tar", "zip", "7z"]
Kind = Literal["file", "folder", "link", "hard link", "device"]

LONGEST_TARGET = 4096
"""Bytes of where a link leads: the longest path that Linux knows."""

_TAR = re.compile(r"\.(tar(\.\w+)?|t[gbx]z|tbz2|tzst|tlz)$", re.IGNORECASE)
_COMPRESSED: tuple[tuple[bytes, Callable[[Any], AbstractContextManager[Any]]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", zstd.open),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of an archive as the archive tells it: nothing of it is trusted.

    ``target`` is where a link leads, ``size`` is in bytes, ``time`` in seconds since 1970.
    """

    path: str
    kind: Kind
    target: str = ""
    size: int = 0
    mode: int = 0
    time: int = 0


def format_of(name: str) -> Format | None:
    """Tell as what the builder unpacks a file of this name; None when it takes it as it is."""
    if name.lower().endswith(".zip"):
        return "zip"
    if name.lower().endswith(".7z"):
        return "7z"
    return "tar" if _TAR.search(name) else None


def looks_like(path: Path) -> Format:
    """Tell what a file is, whatever it is called, if it is an archive at all."""
    return "zip" if zipfile.is_zipfile(path) else "tar"


def members(path: Path, form: Format) -> Iterator[Member]:
    """Go through the members of an archive in their order.

    Raises one of `DAMAGE` when it is damaged or no such archive.
    """
    return (member for member, _ in opened_members(path, form))


def opened_members(path: Path, form: Format) -> Iterator[tuple[Member, Callable[[], IO[bytes]]]]:
    """Go through them with what opens each one that is a file, which has to be read before the next is asked for.

    Raises as `members`; no more bytes come than the member tells.
    """
    if form == "zip":
        with zipfile.ZipFile(path) as archive:
            for zipped in archive.infolist():
                yield _zip_member(archive, zipped), partial(archive.open, zipped)
        return
    with _unpacked(path) as stream:
        for tar, entry in bounded_entries(stream):
            yield _tar_member(entry), partial(_tar_file, tar, entry)


def _tar_file(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    opened = archive.extractfile(entry)
    if opened is None:
        raise ValueError(f"{entry.name!r} is no file")
    return opened


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        opened = next((open_as for start, open_as in _COMPRESSED if magic.startswith(start)), None)
        if opened is None:
            yield file
            return
        with opened(file) as unpacked:
            yield unpacked


def _tar_member(entry: tarfile.TarInfo) -> Member:
    return Member(
        path=entry.name,
        kind=_tar_kind(entry),
        target=entry.linkname,
        size=entry.size,
        mode=entry.mode,
        time=int(entry.mtime),
    )


def _tar_kind(entry: tarfile.TarInfo) -> Kind:
    if entry.isdir():
        return "folder"
    if entry.issym():
        return "link"
    if entry.islnk():
        return "hard link"
    return "file" if entry.isfile() else "device"


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    mode = entry.external_attr >> 16
    is_link = stat.S_ISLNK(mode) and entry.file_size <= LONGEST_TARGET
    return Member(
        path=entry.filename,
        kind="link" if is_link else _zip_kind(entry, mode),
        target=archive.read(entry).decode(errors="surrogateescape") if is_link else "",
        size=entry.file_size,
        mode=mode,
        time=calendar.timegm((*entry.date_time, 0, 0, 0)),
    )


def _zip_kind(entry: zipfile.ZipInfo, mode: int) -> Kind:
    if entry.is_dir():
        return "folder"
    return "file" if stat.S_IFMT(mode) in {0, stat.S_IFREG} else "device"
