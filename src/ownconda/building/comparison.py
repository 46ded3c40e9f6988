"""Two package files compared: which of their files differ, and how."""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconda.building.archive_parts import LARGEST_UNPACKED
from ownconda.building.differences import differences
from ownconda.building.streams import chunks
from ownconda.conda.package_tars import DAMAGE, tar_entries
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import sha256_of

PATHS = "info/paths.json"
"""It lists digests, so it differs whenever another file does."""

MOST_FILES = 50
"""How many files are looked into; of more than those it is said only that they differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file that isn't the same in two packages, and how it differs, line by line."""

    path: str
    how: tuple[str, ...]


def compare(one: Path, other: Path) -> tuple[Difference, ...]:
    """Tell how two package files differ; nothing when they are the same bytes.

    Raises WrongInputError when one of them is damaged.
    """
    if sha256_of(one) == sha256_of(other):
        return ()
    before, after = _entries(one), _entries(other)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    looked_into = set(sorted(names - {PATHS})[:MOST_FILES]) | (names & {PATHS})
    contents, contents_after = _contents(one, looked_into), _contents(other, looked_into)
    if _says_the_same(contents.get(PATHS, b""), contents_after.get(PATHS, b""), apart_from=names):
        names.discard(PATHS)
    found = [
        Difference(path=name, how=(*_told(before.get(name), after.get(name)), *_inside(name, contents, contents_after)))
        for name in sorted(names)
    ]
    return tuple(found) or (Difference(path=one.name, how=("the same files, packed in another way",)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One file of a package: what the archive says of it beside its content, its size, its sha256."""

    about: str
    size: int
    sha256: str


def _told(before: _Entry | None, after: _Entry | None) -> list[str]:
    if before is None or after is None:
        return [f"only in the {'first' if after is None else 'second'}"]
    told = [f"- {before.about}", f"+ {after.about}"] if before.about != after.about else []
    if before.sha256 != after.sha256 and max(before.size, after.size) > LARGEST_UNPACKED:
        told.append(f"{before.size} bytes, {after.size} bytes: too large to be looked into")
    return told


def _inside(name: str, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return differences(name, before[name], after[name]) if name in before and name in after else []


def _says_the_same(before: bytes, after: bytes, *, apart_from: set[str]) -> bool:
    """Tell whether two lists of paths differ only in the digests and sizes of files that differ."""
    try:
        return len(apart_from) > 1 and _listed(before, apart_from) == _listed(after, apart_from)
    except (ValueError, KeyError, TypeError):
        return False


def _listed(paths: bytes, without: set[str]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(paths)["paths"]
    digests = ("sha256", "size_in_bytes")
    return [
        {key: value for key, value in entry.items() if key not in digests or entry["_path"] not in without}
        for entry in entries
    ]


def _entries(package: Path) -> dict[str, _Entry]:
    return {
        entry.name: _Entry(about=_about(entry), size=entry.size, sha256=_digest(archive, entry))
        for archive, entry in _all_entries(package)
        if not entry.isdir()
    }


def _contents(package: Path, names: set[str]) -> dict[str, bytes]:
    found = {}
    for archive, entry in _all_entries(package):
        file = archive.extractfile(entry) if entry.name in names and entry.isfile() else None
        if file is not None and entry.size <= LARGEST_UNPACKED:
            found[entry.name] = file.read()
    return found


def _all_entries(package: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    try:
        for component in ("pkg-", "info-") if package.name.endswith(".conda") else ("",):
            yield from tar_entries(package, package.name, component)
    except DAMAGE as error:
        raise WrongInputError(f"the package is damaged: {error}", where=Where(file=package)) from error


def _about(entry: tarfile.TarInfo) -> str:
    if entry.issym() or entry.islnk():
        return f"a link to {entry.linkname}"
    return f"mode {entry.mode:04o}, owner {entry.uid}:{entry.gid}, time {int(entry.mtime)}"


def _digest(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = archive.extractfile(entry) if entry.isfile() else None
    digest = hashlib.sha256()
    for chunk in chunks(file) if file else ():
        digest.update(chunk)
    return digest.hexdigest()
