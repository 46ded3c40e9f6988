"""A tree of files moved to a path of the same length: the old path is replaced wherever it stands, byte by byte."""

import os
from pathlib import Path

from ownconda.building.streams import chunks, contains, replace_in_place


def relocate(tree: Path, *, old: Path, new: Path) -> None:
    """Replace a path by another one of the same length in every file and link of a tree; nothing else changes.

    Files keep their times, so that `make` sees nothing to do again.
    """
    before, after = os.fsencode(old), os.fsencode(new)
    if len(before) != len(after):
        raise ValueError(f"{new} isn't as long as {old}")
    if before == after:
        return
    for root, folders, names in os.walk(tree):
        for name in (*names, *folders):
            path = Path(root, name)
            if path.is_symlink():
                _relink(path, before, after)
            elif path.is_file():
                _rewrite(path, before, after)


def _relink(path: Path, before: bytes, after: bytes) -> None:
    leads_to = os.fsencode(path.readlink())
    if before in leads_to:
        path.unlink()
        path.symlink_to(os.fsdecode(leads_to.replace(before, after)))


def _rewrite(path: Path, before: bytes, after: bytes) -> None:
    with path.open("rb") as file:
        if not contains(chunks(file), before):
            return
    status = path.stat()
    path.chmod(status.st_mode | 0o200)
    with path.open("r+b") as file:
        replace_in_place(file, before, after)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.chmod(status.st_mode)
