"""Small, valid packages, made in milliseconds."""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backports import zstd

from ownconda.conda.package_files import read_package
from ownconda.conda.records import Record, record_from_fields

MOMENT = 1_700_000_000


def make_package(  # noqa: PLR0913  (each is a part of a package)
    folder: Path,
    name: str = "zlib",
    version: str = "1.0",
    *,
    build: str = "h1_0",
    files: Mapping[str, bytes] | None = None,
    run_exports: Mapping[str, Any] | None = None,
    recipe: Mapping[str, str] | None = None,
    about: Mapping[str, str] | None = None,
    licences: Mapping[str, str] | None = None,
    extension: str = ".conda",
    **fields: object,
) -> Path:
    """Write a small package; ``fields`` go into its index.json; the same arguments give the same bytes.

    ``recipe`` are files of its folder info/recipe, ``licences`` of info/licenses.
    """
    index = index_fields(name, version, build=build, **fields)
    content = dict(files if files is not None else {f"share/{name}.txt": b"hello\n"})
    info = {"info/index.json": json.dumps(index).encode(), "info/paths.json": _paths(content)}
    if run_exports:
        info["info/run_exports.json"] = json.dumps(run_exports).encode()
    if about:
        info["info/about.json"] = json.dumps(about).encode()
    info |= {f"info/recipe/{file}": text.encode() for file, text in (recipe or {}).items()}
    info |= {f"info/licenses/{file}": text.encode() for file, text in (licences or {}).items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{build}{extension}"
    if extension == ".conda":
        _write_conda(path, info, content)
    else:
        path.write_bytes(_tar(info | content, mode="w:bz2"))
    return path


def make_record(
    name: str = "zlib", version: str = "1.0", *, build: str = "h1_0", salt: str = "", **fields: object
) -> Record:
    """Make a Record of a package that has no file."""
    file_name = f"{name}-{version}-{build}.conda"
    digest = hashlib.sha256(f"{file_name} {salt}".encode()).hexdigest()
    index = index_fields(name, version, build=build, **fields)
    return record_from_fields(
        index | {"sha256": digest, "md5": digest[:32], "size": 1000}, file_name=file_name, run_exports={}
    )


def index_fields(name: str, version: str, *, build: str, **fields: object) -> dict[str, Any]:
    """Give an index.json as builders write it."""
    return {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": "linux-64",
        "depends": [],
        "license": "BlueOak-1.0.0",
        "timestamp": MOMENT * 1000,
    } | fields


def write_conda(path: Path, info: Mapping[str, bytes], content: Mapping[str, bytes]) -> Path:
    """Write a .conda file with these members, sound or not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_conda(path, info, content)
    return path


def read_made(path: Path) -> Record:
    """Read a package back."""
    return read_package(path)


def _write_conda(path: Path, info: Mapping[str, bytes], content: Mapping[str, bytes]) -> None:
    stem = path.name.removesuffix(".conda")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (
            ("metadata.json", b'{"conda_pkg_format_version": 2}'),
            (f"pkg-{stem}.tar.zst", zstd.compress(_tar(content))),
            (f"info-{stem}.tar.zst", zstd.compress(_tar(info))),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 0, 0, 0)), data)


def _tar(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(data), MOMENT
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _paths(content: Mapping[str, bytes]) -> bytes:
    listed = [
        {
            "_path": name,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(data).hexdigest(),
            "size_in_bytes": len(data),
        }
        for name, data in content.items()
    ]
    return json.dumps({"paths": listed, "paths_version": 1}).encode()
