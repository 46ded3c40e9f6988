"""What a package holds, checked: nothing that could leave the prefix, and exactly what its info/paths.json lists."""

import hashlib
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any

from ownconda.wires.files import CHUNK

INFO = "info/"


@dataclass(slots=True)
class Contents:
    """The entries of a package by their paths, gathered while it is read.

    ``digests`` has each entry's sha256, which is empty for what is no regular file and for what is below ``info/``.
    """

    digests: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    hard_links: dict[str, str] = field(default_factory=dict)

    def add(self, archive: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
        """Take an entry, and read it. Raises ValueError when it could leave the prefix, or is there twice."""
        path = _inside(entry.name)
        if path in self.digests and not (entry.isdir() and path in self.folders):
            raise ValueError(f"{entry.name} is there twice")
        self.digests[path] = ""
        if entry.isdir():
            self.folders.add(path)
        elif entry.issym():
            _check_symlink(path, entry.linkname)
            self.links.add(path)
        elif entry.islnk():
            self.hard_links[path] = _inside(entry.linkname)
        elif not entry.isfile():
            raise ValueError(f"{entry.name!r} is a device")
        elif not path.startswith(INFO):
            content = archive.extractfile(entry)
            self.digests[path] = _sha256(content) if content else ""

    def check(self) -> None:
        """Check that no entry is reached through another one that isn't a folder, and that hard links stay inside.

        Raises ValueError.
        """
        for path in self.digests:
            through = next((folder for folder in _above(path) if folder in self.links), None)
            if through is not None:
                raise ValueError(f"the path {path!r} goes through the link {through!r}, and would leave the prefix")
        for path, target in self.hard_links.items():
            if target not in self.digests or target in self.links | self.folders:
                raise ValueError(f"the hard link {path!r} leads to {target!r}, which is no file of the package")
            self.digests[path] = self.digests[target]

    def check_listed(self, paths: object) -> None:
        """Check against the value of info/paths.json. Raises ValueError."""
        listed = {str(PurePosixPath(path)): sha256 for path, sha256 in _listed(paths)}
        for path, sha256 in listed.items():
            if path not in self.digests:
                raise ValueError(f"info/paths.json lists {path!r}, which isn't in the package")
            there = self.digests[path]
            if sha256 and there and sha256.lower() != there:
                raise ValueError(f"info/paths.json gives {path!r} the sha256 {sha256}, it has {there}")
        for path in self.digests:
            if path not in listed and path not in self.folders and not path.startswith(INFO):
                raise ValueError(f"info/paths.json doesn't list {path!r}, which is in the package")


def _listed(paths: object) -> Iterator[tuple[str, str]]:
    entries = paths.get("paths") if isinstance(paths, Mapping) else None
    if not isinstance(entries, list):
        raise ValueError("info/paths.json has no list of paths")  # noqa: TRY004  (it is the file that is wrong)
    for entry in entries:
        fields: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
        path, sha256 = fields.get("_path"), fields.get("sha256")
        if not isinstance(path, str) or not isinstance(sha256, str | None):
            raise ValueError(f"info/paths.json lists {str(entry)[:80]!r}, which isn't a path")  # noqa: TRY004  (likewise)
        yield path, sha256 or ""


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in text.replace("\\", "/").split("/"):  # a backslash divides paths on Windows
        raise ValueError(f"the path {text!r} would leave the prefix")
    return str(path)


def _check_symlink(path: str, target: str) -> None:
    """Check where a link leads: anywhere in the prefix, or to an absolute path (the system's certificates, say)."""
    leads = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if not target.startswith("/") and (leads == ".." or leads.startswith("../")):
        raise ValueError(f"the link {path!r} to {target!r} would leave the prefix")


def _above(path: str) -> Iterator[str]:
    end = path.find("/")
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
