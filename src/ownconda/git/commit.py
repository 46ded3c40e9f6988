"""Which commit a folder is at, of which repository, and whether something in it was changed since."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ownconda.wires import processes

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:]+):(?P<path>[^/].*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A repository's root, its address (empty when it has no remote called origin), and the commit it is at."""

    root: Path
    address: str
    commit: str


def commit_of(folder: Path) -> Commit | None:
    """Give the commit that the working tree around ``folder`` is at; None outside a repository, or before its first."""
    if not processes.find("git"):
        return None
    commit, root = _told(folder, "rev-parse", "HEAD"), _told(folder, "rev-parse", "--show-toplevel")
    if not commit or not root:
        return None
    return Commit(
        root=Path(root), address=public_address(_told(folder, "config", "--get", "remote.origin.url")), commit=commit
    )


def is_modified(commit: Commit, folders: Iterable[Path], *, without: Path) -> bool:
    """Tell whether what is in these folders differs from the commit: changed, removed or never added files.

    What is ignored, or below ``without``, doesn't count.
    """
    inside = [str(one) for one in folders if one.is_relative_to(commit.root)]
    excluded = [f":(exclude){without}"] if without.is_relative_to(commit.root) and without != commit.root else []
    return bool(_told(commit.root, "status", "--porcelain", "--untracked-files=all", "--", *inside, *excluded))


def public_address(remote: str) -> str:
    """Give a remote's address as a URL that holds no user, password or token; a folder's is nobody else's business."""
    scp = _SCP.fullmatch(remote)
    if scp and "://" not in remote:
        return f"ssh://{scp['host']}/{scp['path']}"
    parts = urlsplit(remote)
    if parts.scheme not in {"http", "https", "ssh", "git"}:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _told(folder: Path, *arguments: str) -> str:
    told = processes.run(["git", "-C", folder, *arguments])
    return told.out.strip() if told.code == 0 else ""
