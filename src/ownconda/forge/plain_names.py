"""Names of files as requests give them: one that is plain stays in the folder that it is put behind."""

from pathlib import PurePosixPath

LONGEST_NAME = 255
"""Bytes, which is what file systems take."""


def is_plain_name(name: str) -> bool:
    """Tell whether a text is one file's name, no way to another, and not one of those that begin with a dot."""
    if not name.isprintable() or name.startswith(".") or PurePosixPath(name).name != name:
        return False
    return len(name.encode()) <= LONGEST_NAME
