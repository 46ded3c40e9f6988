"""Which package of a prefix a file belongs to, and whether it still is what was installed."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownconda.conda.prefixes import META
from ownconda.errors import OutsideError, Problem, Where, WrongInputError
from ownconda.wires.addresses import without_credentials
from ownconda.wires.files import sha256_of

SITE_PACKAGES = "site-packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package as a prefix notes it; ``digests`` are what its files had when they were installed, as far as noted.

    ``unpacked`` is where its client unpacked it, which may be gone; ``sha256`` and ``url`` are empty where the note
    lacks them.
    """

    note: Path
    name: str
    version: str
    build: str
    subdir: str
    file_name: str
    sha256: str
    url: str
    unpacked: Path | None
    files: frozenset[str] = field(repr=False)
    digests: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFile:
    """A file in a prefix, relative to it, and the packages that have installed one there.

    ``state`` says whether it was changed since.
    """

    prefix: Path
    path: str
    state: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Python project that was installed beside conda's packages, as its ``.dist-info`` folder says."""

    name: str
    version: str
    installer: str
    origin: str
    note: Path


def packages_in(prefix: Path) -> tuple[Package, ...]:
    """Read what is linked into a prefix. Raises WrongInputError that names every note which can't be read."""
    found: list[Package] = []
    problems: list[Problem] = []
    for note in sorted((prefix / META).glob("*.json")):
        try:
            found.append(_package(note, json.loads(note.read_bytes())))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"doesn't describe an installed package: {error}"
            problems.append(Problem(what=what, where=Where(file=note)))
    if problems:
        raise WrongInputError.of(problems)
    return tuple(found)


def prefix_of(path: Path) -> Path | None:
    """Give the prefix that a file lies in; None when it lies in none."""
    plain = Path(os.path.abspath(path))  # noqa: PTH100  (a link that is a package's file isn't followed)
    return next((one for one in plain.parents if (one / META).is_dir()), None)


def installed_file(path: Path, prefix: Path) -> InstalledFile:
    """Tell whose a file in a prefix is; where nobody's is called so, the one that its links lead to.

    Raises WrongInputError when a note can't be read, OutsideError when the file can't.
    """
    packages = packages_in(prefix)
    given = os.path.relpath(os.path.abspath(path), os.path.abspath(prefix))  # noqa: PTH100  (likewise)
    led = os.path.relpath(path.resolve(), prefix.resolve())
    name, owners = next(
        ((one, owning) for one in (given, led) if (owning := tuple(p for p in packages if one in p.files))), (given, ())
    )
    state = _state(prefix / name, owners[0].digests.get(name, "")) if owners else "no package has installed it"
    return InstalledFile(prefix=prefix, path=name, state=state, packages=owners)


def project_of(path: Path) -> Project | None:
    """Give the Python project that an installer other than conda's clients noted as the owner of a file."""
    plain = Path(os.path.abspath(path))  # noqa: PTH100  (likewise)
    site = next((one for one in plain.parents if one.name == SITE_PACKAGES), None)
    for record in sorted(site.glob("*.dist-info/RECORD")) if site else ():
        if any(Path(os.path.normpath(record.parent.parent / one)) == plain for one in _recorded(record)):
            return _project(record.parent)
    return None


def _package(note: Path, fields: Mapping[str, Any]) -> Package:
    paths = (fields.get("paths_data") or {}).get("paths") or []
    url = without_credentials(str(fields.get("url") or ""))
    return Package(
        note=note,
        name=str(fields["name"]),
        version=str(fields["version"]),
        build=str(fields["build"]),
        subdir=str(fields.get("subdir") or ""),
        file_name=str(fields.get("fn") or url.rpartition("/")[2]),
        sha256=str(fields.get("sha256") or ""),
        url=url,
        unpacked=Path(str(fields["extracted_package_dir"])) if fields.get("extracted_package_dir") else None,
        files=frozenset(map(str, fields.get("files") or ())),
        digests={
            str(one["_path"]): str(one.get("sha256_in_prefix") or one.get("sha256") or "")
            for one in paths
            if one.get("path_type") != "softlink"
        },
    )


def _state(file: Path, installed: str) -> str:
    if file.is_symlink():
        return f"a link to {file.readlink()}"
    if not file.is_file():
        return "it isn't there any more"
    if not installed:
        return "nothing notes what it was when it was installed"
    try:
        now = sha256_of(file)
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    return (
        "unchanged since it was installed"
        if now == installed
        else f"CHANGED since it was installed: it was {installed}"
    )


def _recorded(record: Path) -> Iterator[str]:
    """Give the paths that a RECORD lists (the specification "Recording installed projects")."""
    try:
        rows = list(csv.reader(record.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return iter(())
    return (row[0] for row in rows if row)


def _project(folder: Path) -> Project:
    name, _, version = folder.name.removesuffix(".dist-info").partition("-")
    return Project(
        name=name,
        version=version,
        installer=_text(folder / "INSTALLER").strip() or "an installer that didn't say its name",
        origin=_direct_url(_text(folder / "direct_url.json")),
        note=folder,
    )


def _direct_url(text: str) -> str:
    try:
        fields = json.loads(text or "{}")
    except ValueError:
        return ""
    return without_credentials(str(fields.get("url", ""))) if isinstance(fields, dict) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
