"""Package files (.conda and .tar.bz2) read: whole, safe, and named as their content says."""

import bz2
import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ownconda.conda.names import SUBDIRS, parse_file_name
from ownconda.conda.records import Record, record_from_fields
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.wires.files import CHUNK, digests_of
from ownconda.wires.zstandard import zstd

LARGEST_METADATA = 64 << 20
READ_FROM_INFO = frozenset({"info/index.json", "info/run_exports.json", "info/paths.json"})


@dataclass(frozen=True, slots=True)
class _Info:
    """The parsed JSON files of a package's ``info`` folder that indexing needs."""

    index: dict[str, Any]
    run_exports: dict[str, Any]


def read_package(path: Path, *, file_name: str | None = None) -> Record:
    """Read a package file from its first byte to its last and give its Record.

    ``file_name`` is the name that it goes by, when the file on disk is called otherwise (an upload in progress).
    Raises WrongInputError when the file is cut short or damaged, lacks info/index.json, holds a path that would
    leave the prefix, or when its name doesn't say what its content says.
    """
    name = file_name or path.name
    where = Where(file=file_name or path)
    try:
        parsed = parse_file_name(name)
    except WrongInputError as error:
        raise WrongInputError(str(error), where=where) from None
    try:
        info = _read_info(path, name)
    except _DAMAGE as error:
        raise WrongInputError(
            f"the package is damaged or cut short ({error})", where=where, hint="build or download it again"
        ) from error
    if not info.index:
        raise WrongInputError("the package has no info/index.json", where=where)
    info.index.setdefault("subdir", "noarch" if info.index.get("noarch") else None)
    digests = digests_of(path)
    fields = info.index | {"size": digests.size, "sha256": digests.sha256, "md5": digests.md5}
    try:
        record = record_from_fields(fields, file_name=name, run_exports=info.run_exports)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongInputError(f"info/index.json: {_reason(error)}", where=where) from error
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
    if record.subdir not in SUBDIRS:
        raise WrongInputError(f"info/index.json: {record.subdir!r} isn't a subdir", where=where)
    return record


def read_member(path: Path, member: str) -> bytes | None:
    """Give one file out of a package's ``info`` folder, or None when it isn't there.

    Raises WrongInputError when the package is damaged.
    """
    try:
        for archive, entry in _entries(path, path.name, "info-"):
            if entry.name == member and entry.isfile():
                return _content(archive, entry)
    except _DAMAGE as error:
        raise WrongInputError(f"the package is damaged or cut short ({error})", where=Where(file=path)) from error
    return None


_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zstd.ZstdError, OSError, EOFError, json.JSONDecodeError, UnicodeDecodeError,
    KeyError, ValueError, RecursionError,
)  # fmt: skip


def _read_info(path: Path, name: str) -> _Info:
    found: dict[str, Any] = {}
    names: set[str] = set()
    if name.endswith(".conda"):
        _check_zip(path)
    for component in ("info-", "pkg-") if name.endswith(".conda") else ("",):
        for archive, entry in _entries(path, name, component):
            _check_path(entry)
            if entry.name in names and not entry.isdir():
                raise ValueError(f"{entry.name} is there twice")
            names.add(entry.name)
            if entry.name in READ_FROM_INFO and entry.isfile():
                found[entry.name] = json.loads(_content(archive, entry))
    index = found.get("info/index.json") or {}
    if not isinstance(index, dict):
        raise ValueError("info/index.json isn't a JSON object")  # noqa: TRY004  (it is the file that is wrong)
    _check_listed(found.get("info/paths.json"), names)
    return _Info(index=index, run_exports=found.get("info/run_exports.json") or {})


def _check_zip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if "metadata.json" not in archive.namelist():
            raise ValueError("metadata.json is missing")
        damaged = archive.testzip()
        if damaged:
            raise ValueError(f"the checksum of {damaged} is wrong")


def _check_path(entry: tarfile.TarInfo) -> None:
    path = PurePosixPath(entry.name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the path {entry.name!r} would leave the prefix")
    if entry.ischr() or entry.isblk() or entry.isfifo():
        raise ValueError(f"{entry.name!r} is a device")


def _check_listed(paths: Any, names: set[str]) -> None:  # noqa: ANN401  (JSON as it came)
    if paths is None:
        return
    missing = [entry["_path"] for entry in paths.get("paths", ()) if entry["_path"] not in names]
    if missing:
        raise ValueError(f"info/paths.json lists {missing[0]!r}, which isn't in the package")


def _entries(path: Path, name: str, component: str) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Go through a package's tar entries in their order; ``component`` chooses one of the two tars of a .conda."""
    if name.endswith(".tar.bz2"):
        with bz2.open(path) as unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|") as archive:
                yield from ((archive, entry) for entry in archive)
            while unpacked.read(CHUNK):  # the checksum stands behind the last entry
                pass
        return
    with zipfile.ZipFile(path) as outer:
        inner = [member for member in outer.namelist() if member.startswith(component) and member.endswith(".tar.zst")]
        if len(inner) != 1:
            raise ValueError(f"it has to hold one {component}….tar.zst, and holds {len(inner)}")
        with (
            outer.open(inner[0]) as compressed,
            zstd.open(compressed) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            yield from ((archive, entry) for entry in archive)


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    if entry.size > LARGEST_METADATA:
        raise ValueError(f"{entry.name} is {entry.size} bytes large")
    member = archive.extractfile(entry)
    return member.read() if member else b""


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
