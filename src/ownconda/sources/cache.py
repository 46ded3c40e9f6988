"""The cache of archives: ``<cache>/<checksum>/<file name>``, whole files only, verified when taken out.

The checksum is the recipe's: a sha256 stands there alone, others after their kind (``md5-…``).
"""

import time
from collections.abc import Iterator
from pathlib import Path

from ownconda.sources.checksums import Checksum, checksum_at
from ownconda.sources.source import Source
from ownconda.wires.files import link_or_copy, place
from ownconda.wires.progress import Progress

STALE_SECONDS = 7 * 24 * 60 * 60


def cache_path(cache: Path, source: Source) -> Path:
    """Tell where an archive is kept."""
    return cache / source.checksum.label / source.file_name


def part_path(cache: Path, source: Source) -> Path:
    """Tell where an archive grows while it is fetched; what came of it is gone on with the next time."""
    return cache / ".partial" / source.checksum.label


def cached(cache: Path, source: Source, progress: Progress) -> Path | None:
    """Give an archive out of the cache, or None.

    A damaged file isn't given, and it is told of; the archive that is fetched next takes its place. (It isn't
    deleted: meanwhile another process may have replaced it by a good one.) The same archive under another
    name will do.
    """
    wanted = cache_path(cache, source)
    if wanted.is_file():
        return wanted if _verified(wanted, source, progress) else None
    for other in sorted(wanted.parent.glob("[!.]*")):
        if other.is_file() and _verified(other, source, progress):
            if other != wanted:  # else another process has just brought it
                link_or_copy(other, wanted)
            return wanted
    return None


def present(cache: Path, source: Source) -> Path | None:
    """Give an archive's file in the cache, under whichever name, without reading it."""
    wanted = cache_path(cache, source)
    found = [wanted, *sorted(wanted.parent.glob("[!.]*"))]
    return next((path for path in found if path.is_file()), None)


def archives(cache: Path) -> Iterator[tuple[Path, Checksum]]:
    """Go through every archive in the cache, with the checksum that it has to have."""
    for folder in sorted(cache.glob("[!.]*")):
        checksum = checksum_at(folder.name)
        if checksum:
            yield from ((path, checksum) for path in sorted(folder.glob("[!.]*")) if path.is_file())


def put_aside(cache: Path, path: Path) -> Path:
    """Move a damaged archive out of the way, for a person to look at; tell where it is now."""
    target = cache / ".damaged" / path.parent.name / path.name
    place(path, target)
    return target


def sweep(cache: Path) -> None:
    """Remove what interrupted fetches left more than a week ago."""
    for part in (cache / ".partial").glob("*"):
        try:
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()
        except OSError:  # another process was faster
            continue


def _verified(path: Path, source: Source, progress: Progress) -> bool:
    try:
        if source.checksum.of_file(path) == source.checksum:
            return True
    except OSError as error:
        progress.note(f"{path}: the cached archive can't be read ({error.strerror}), it is fetched again")
        return False
    progress.note(f"{path}: the cached archive is damaged, it is fetched again")
    return False
