"""Where the dynamic loader looks for the libraries that a file needs, relative to the prefix.

See ld.so(8): ``$ORIGIN`` is the folder of the file itself.
"""

import posixpath
from collections.abc import Iterator

from ownconda.building.package_checks.facts import FileFacts

_ORIGIN = ("$ORIGIN", "${ORIGIN}")


def searched_folders(file: FileFacts) -> Iterator[str]:
    """Go through the folders below the prefix that the file's run paths lead to."""
    for entry in run_paths(file):
        folder = resolved(entry, file)
        if folder is not None and not leaves(folder):
            yield folder if folder != "." else ""


def run_paths(file: FileFacts) -> tuple[str, ...]:
    """Give a file's run paths as they are written."""
    return (*file.elf.rpath, *file.elf.runpath) if file.elf else ()


def resolved(entry: str, file: FileFacts) -> str | None:
    """Give the folder that a run path means, relative to the prefix; None where that depends on something else."""
    for origin in _ORIGIN:
        if entry == origin or entry.startswith(f"{origin}/"):
            return posixpath.normpath(posixpath.join(file.folder or ".", "." + entry.removeprefix(origin)))
    return None


def leaves(folder: str) -> bool:
    """Tell whether a folder relative to the prefix is outside of it."""
    return folder == ".." or folder.startswith(("../", "/"))
