"""What goes from caches: what nobody asked for lately, what is too much, and what no cache is set for any more."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from ownconda.channels.caches.caches import Caches
from ownconda.channels.caches.kept_files import KeptFile, kept_files
from ownconda.channels.caches.terms import CacheTerms
from ownconda.channels.folder import ForgeFolder


def evicted(caches: Caches, *, now: int) -> tuple[KeptFile, ...]:
    """Tell which packages go from caches at a time in milliseconds since 1970."""
    kept = sorted(kept_files(caches.folder), key=lambda one: (one.cache, -one.used, one.path))
    return tuple(
        one
        for cache, files in groupby(kept, key=lambda one: one.cache)
        for one in _going(files, caches.terms.get(cache), now)
    )


def evict(caches: Caches, going: Iterable[KeptFile], knows: Callable[[str], bool]) -> None:
    """Let packages go from caches; bytes go too that no other cache shows and no channel ``knows``.

    Raises OutsideError when the disk refuses.
    """
    for one in going:
        sha256 = one.sha256
        one.drop()
        if sha256 and not knows(sha256) and not caches.store.is_shown(sha256):
            caches.store.discard_unless_taken(sha256)


def forget_caches(folder: ForgeFolder, channels: Iterable[str]) -> None:
    """Remove what caches of these names kept that aren't caches any more, but new channels. Raises OutsideError."""
    for name in channels:
        if (folder.caches / name).is_dir():
            for kept in kept_files(folder, name):
                kept.drop()
            shutil.rmtree(folder.caches / name, ignore_errors=True)


def _going(files: Iterable[KeptFile], terms: CacheTerms | None, now: int) -> Iterator[KeptFile]:
    """Choose among the files of one cache, given the last used first."""
    total = 0
    for one in files:
        total += one.size
        too_old = terms and terms.kept and one.used < now - terms.kept
        too_much = terms and terms.most_bytes and total > terms.most_bytes
        if terms is None or too_old or too_much:
            yield one
