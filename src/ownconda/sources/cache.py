"""The cache of archives: ``<cache>/<sha256>/<file name>``, whole files only, verified when taken out."""

import time
from pathlib import Path

from ownconda.sources.source import Source
from ownconda.wires.files import link_or_copy, sha256_of
from ownconda.wires.progress import Progress

STALE_SECONDS = 24 * 60 * 60


def cache_path(cache: Path, source: Source) -> Path:
    """Tell where an archive is kept."""
    return cache / source.sha256 / source.file_name


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


def sweep(cache: Path, source: Source) -> None:
    """Remove what interrupted fetches of an archive left more than a day ago."""
    for part in cache_path(cache, source).parent.glob(".*.part"):
        try:
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()
        except OSError:  # another process was faster
            continue


def _verified(path: Path, source: Source, progress: Progress) -> bool:
    try:
        if sha256_of(path) == source.sha256:
            return True
    except OSError as error:
        progress.note(f"{path}: the cached archive can't be read ({error.strerror}), it is fetched again")
        return False
    progress.note(f"{path}: the cached archive is damaged, it is fetched again")
    return False
