"""Facts that an archive itself tells: when its newest member was made."""

import calendar
import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

EARLIEST = calendar.timegm((1980, 1, 2, 0, 0, 0))
"""Seconds since 1970. The first day of 1980 is what a zip archive says when it knows no time."""

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


def newest_time(path: Path, *, now: float | None = None) -> int | None:
    """Give the newest modification time of an archive's members, in seconds since 1970.

    A zip's times are taken as UTC; times after ``now`` and before 1980 are no times. None when there is none,
    and for a file that is neither a tar archive (compressed or not) nor a zip.
    """
    latest = time.time() if now is None else now
    try:
        times = list(_zip_times(path) if zipfile.is_zipfile(path) else _tar_times(path))
    except _DAMAGE:
        return None
    return max((when for when in times if EARLIEST <= when <= latest), default=None)


def _tar_times(path: Path) -> Iterator[int]:
    with tarfile.open(path, "r|*") as archive:
        yield from (int(member.mtime) for member in archive)


def _zip_times(path: Path) -> Iterator[int]:
    with zipfile.ZipFile(path) as archive:
        yield from (calendar.timegm((*member.date_time, 0, 0, 0)) for member in archive.infolist())
