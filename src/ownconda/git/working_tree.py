"""A folder as git sees it: which files belong to it, clean copies of them, and when it was last changed."""

import os
import shutil
from pathlib import Path

from ownconda.wires import processes
from ownconda.wires.files import make_folder


def files(folder: Path, *, without: Path | None = None) -> list[Path]:
    """Give the files and symbolic links below ``folder``, sorted, except those below ``without``.

    In a repository they are those that git tracks or doesn't ignore, elsewhere all.
    """
    found = _known_to_git(folder) if _in_repository(folder) and processes.find("git") else None
    listed = _walked(folder) if found is None else found
    return sorted(path for path in listed if without is None or not path.is_relative_to(without))


def copy(folder: Path, target: Path, *, without: Path | None = None) -> None:
    """Copy the files below ``folder``; links that lead out of it are replaced by what they lead to."""
    root = folder.resolve()
    make_folder(target)
    for path in files(folder, without=without):
        copied = target / path.relative_to(folder)
        make_folder(copied.parent)
        leads_out = path.is_symlink() and not path.resolve().is_relative_to(root)
        if leads_out and path.is_dir():
            shutil.copytree(path, copied, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(path, copied, follow_symlinks=leads_out)


def last_commit_time(folder: Path) -> int | None:
    """Give the time (seconds since 1970) of the last commit that touched ``folder``; None outside a repository."""
    if not (_in_repository(folder) and processes.find("git")):
        return None
    told = processes.run(["git", "-C", folder, "log", "-1", "--format=%ct", "--", "."])
    return int(told.out) if told.code == 0 and told.out.strip() else None


def checkout_of(folder: Path) -> Path:
    """Give the root of the working tree that ``folder`` is in; outside a repository ``folder`` itself."""
    folder = folder.resolve()
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def _known_to_git(folder: Path) -> list[Path] | None:
    listed = processes.run(
        ["git", "-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
    )
    if listed.code:
        return None
    paths = (folder / name for name in listed.out.split("\0") if name)
    return [path for path in paths if path.is_symlink() or path.is_file()]


def _walked(folder: Path) -> list[Path]:
    return [
        Path(root, name)
        for root, folders, names in os.walk(folder)
        for name in (*names, *(one for one in folders if Path(root, one).is_symlink()))
    ]


def _in_repository(folder: Path) -> bool:
    return any((above / ".git").exists() for above in (folder, *folder.parents))
