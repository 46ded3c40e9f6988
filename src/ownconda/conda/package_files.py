"""Package files (.conda and .tar.bz2) read: whole, safe, and named as their content says."""

import tarfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, TypeVar

from ownconda.conda.names import FileName, check_subdir, parse_file_name
from ownconda.conda.package_about import ABOUT, about_of
from ownconda.conda.package_contents import Contents
from ownconda.conda.package_metadata import index_fields, json_value, run_export_fields
from ownconda.conda.package_origins import ORIGIN_FILES
from ownconda.conda.package_tars import DAMAGE, info_entries, opened, tar_entries
from ownconda.conda.records import Record, record_from_fields
from ownconda.errors import OwncondaError, Problem, Where, WrongInputError
from ownconda.wires.files import digests_of

LARGEST_METADATA = 32 << 20
_MEMBERS = {"metadata.json", "info", "pkg"}
"""How the names of a .conda's members begin, up to the first hyphen."""

_Value = TypeVar("_Value")
INDEX, RUN_EXPORTS, PATHS = "info/index.json", "info/run_exports.json", "info/paths.json"


@dataclass(slots=True)
class _Found:
    """What reading a package from end to end gathers."""

    metadata: dict[str, bytes] = field(default_factory=dict)
    contents: Contents = field(default_factory=Contents)
    paths: object = None


def read_package(path: Path, *, file_name: str | None = None) -> Record:
    """Read a package file from its first byte to its last and give its Record.

    ``file_name`` is the name that it goes by, when the file on disk is called otherwise (an upload in progress).
    Raises WrongInputError when the file is cut short or damaged, lacks info/index.json, says there what conda clients
    can't read, holds a path that would leave the prefix or that its info/paths.json tells otherwise, or when its
    name doesn't say what its content says.
    """
    record, _ = read_package_with(path, (), file_name=file_name)
    return record


def read_package_with(
    path: Path, members: Collection[str], *, file_name: str | None = None
) -> tuple[Record, Mapping[str, bytes]]:
    """Read a package file as `read_package` does, and give some files of its ``info`` folder as well, if it has them.

    Raises WrongInputError as `read_package` does.
    """
    name = file_name or path.name
    where = Where(file=file_name or path)
    parsed = _placed(where, lambda: parse_file_name(name))
    found = _read(path, name, where, {INDEX, RUN_EXPORTS, PATHS, ABOUT, *ORIGIN_FILES, *members})
    if INDEX not in found.metadata:
        raise WrongInputError("the package has no info/index.json", where=where)
    about = about_of(parsed.name, found.metadata.get(ABOUT, b""), found.contents.digests, found.paths, found.metadata)
    record = replace(_record(path, name, found.metadata, where), about=about)
    _check_name(parsed, record, where)
    _placed(where, lambda: check_subdir(record.subdir))
    return record, {member: found.metadata[member] for member in members if member in found.metadata}


def read_member(path: Path, member: str) -> bytes | None:
    """Give one file out of a package's ``info`` folder, or None when it isn't there.

    Raises WrongInputError when the package is damaged.
    """
    try:
        for archive, entry in tar_entries(path, path.name, "info-"):
            if entry.name == member and entry.isfile():
                return _content(archive, entry)
    except DAMAGE as error:
        raise _damaged(error, Where(file=path)) from error
    return None


def read_info(path: Path, wanted: Callable[[str], bool], *, file_name: str | None = None) -> dict[str, bytes]:
    """Give those files out of a package's ``info`` folder whose paths are wanted.

    ``file_name`` is the name that it goes by, when the file on disk is called otherwise (in a store).

    Raises WrongInputError when the package is damaged.
    """
    try:
        return {
            entry.name: _content(archive, entry)
            for archive, entry in tar_entries(path, file_name or path.name, "info-")
            if entry.isfile() and wanted(entry.name)
        }
    except DAMAGE as error:
        raise _damaged(error, Where(file=path)) from error


def read_info_in(file: IO[bytes], wanted: Callable[[str], bool], *, where: Where) -> dict[str, bytes]:
    """Give files out of the ``info`` folder of a .conda, as `read_info` does, without reading the others.

    Raises WrongInputError when the package is damaged.
    """
    try:
        return {
            entry.name: _content(archive, entry)
            for archive, entry in info_entries(file)
            if entry.isfile() and wanted(entry.name)
        }
    except OwncondaError:
        raise
    except DAMAGE as error:
        raise _damaged(error, where) from error


def _read(path: Path, name: str, where: Where, kept: Collection[str]) -> _Found:
    """Read every byte of a package, keep some of its files, and check what it holds."""
    found = _Found()
    try:
        if name.endswith(".conda"):
            _check_zip(path)
        for component in ("info-", "pkg-") if name.endswith(".conda") else ("",):
            for archive, entry in tar_entries(path, name, component):
                found.contents.add(archive, entry)
                if entry.name in kept and entry.isfile():
                    found.metadata[entry.name] = _content(archive, entry)
        found.contents.check()
        if PATHS in found.metadata:
            found.paths = json_value(found.metadata[PATHS])
            found.contents.check_listed(found.paths)
    except DAMAGE as error:
        raise _damaged(error, where) from error
    return found


def _record(path: Path, name: str, metadata: Mapping[str, bytes], where: Where) -> Record:
    fields = _told(INDEX, where, lambda: index_fields(metadata[INDEX]))
    run_exports = _told(RUN_EXPORTS, where, lambda: run_export_fields(metadata.get(RUN_EXPORTS, b"{}")))
    fields.setdefault("subdir", "noarch" if fields.get("noarch") else None)
    digests = digests_of(path)
    complete = fields | {"size": digests.size, "sha256": digests.sha256, "md5": digests.md5}
    try:
        return record_from_fields(complete, file_name=name, run_exports=run_exports)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongInputError(f"{INDEX}: {error}", where=where) from error


def _check_name(parsed: FileName, record: Record, where: Where) -> None:
    differences = [
        Problem(
            what=f"the file's name says {what} {said!r}, its info/index.json says {meant!r}",
            where=where,
            hint="don't rename package files; build the package again",
        )
        for what, said, meant in (
            ("name", parsed.name, record.name),
            ("version", parsed.version, record.version),
            ("build", parsed.build, record.build),
        )
        if said != meant
    ]
    if differences:
        raise WrongInputError.of(differences)


def _check_zip(path: Path) -> None:
    """Check what CEP 35 says: three members, none of them compressed, so that none is larger than the file."""
    with opened(path) as file, zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if "metadata.json" not in names:
            raise ValueError("metadata.json is missing")
        if len(names) > len(_MEMBERS) or not {name.partition("-")[0] for name in names} <= _MEMBERS:
            raise ValueError(f"it may hold metadata.json, info-… and pkg-…, and holds {', '.join(names[:5])[:200]!r}")
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise ValueError("its members are compressed a second time")
        damaged = archive.testzip()
        if damaged:
            raise ValueError(f"the checksum of {damaged} is wrong")


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    if entry.size > LARGEST_METADATA:
        raise ValueError(f"{entry.name} is {entry.size} bytes large")
    member = archive.extractfile(entry)
    return member.read() if member else b""


def _told(file: str, where: Where, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Say in which file of the package it is what can't be read."""
    try:
        return read()
    except ValueError as error:
        hint = "conda clients couldn't read a channel that lists it; mend the recipe and build the package again"
        raise WrongInputError(f"{file}: {error}", where=where, hint=hint) from error


def _placed(where: Where, check: Callable[[], _Value]) -> _Value:
    """Say which file it is whose name or subdir is wrong."""
    try:
        return check()
    except WrongInputError as error:
        problem = error.problems[0]
        raise WrongInputError(problem.what, where=where, hint=problem.hint) from None


def _damaged(error: Exception, where: Where) -> WrongInputError:
    return WrongInputError(
        f"the package is damaged or cut short ({error})", where=where, hint="build or download it again"
    )
