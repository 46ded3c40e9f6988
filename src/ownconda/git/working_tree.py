"""A folder as git sees it: which files belong to it, and when it was last changed."""

import os
from pathlib import Path

from ownconda.wires import processes


def files(folder: Path) -> list[Path]:
    """Give the files below ``folder``, sorted: those that git tracks or doesn't ignore, or all outside a repository."""
    if _in_repository(folder) and processes.find("git"):
        listed = processes.run(
            ["git", "-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
        )
        if listed.code == 0:
            found = (folder / name for name in listed.out.split("\0") if name)
            return sorted(path for path in found if path.is_file())
    return sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names)


def last_commit_time(folder: Path) -> int | None:
    """Give the time (seconds since 1970) of the last commit that touched ``folder``; None outside a repository."""
    if not (_in_repository(folder) and processes.find("git")):
        return None
    told = processes.run(["git", "-C", folder, "log", "-1", "--format=%ct", "--", "."])
    return int(told.out) if told.code == 0 and told.out.strip() else None


def _in_repository(folder: Path) -> bool:
    return any((above / ".git").exists() for above in (folder, *folder.parents))
