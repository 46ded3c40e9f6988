"""A package file read into facts: one pass over its metadata, one over its files, each held on its own."""

import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ownconda.building.package_checks.contents import link_places, read_content
from ownconda.building.package_checks.facts import Allowed, FileFacts, PackageFacts
from ownconda.building.package_checks.traces import Trace, traces_of
from ownconda.conda.package_files import INDEX, LARGEST_METADATA, PATHS
from ownconda.conda.package_metadata import index_fields, json_value
from ownconda.conda.package_tars import DAMAGE, tar_entries
from ownconda.errors import Where, WrongInputError
from ownconda.recipes.text import load

RENDERED = "info/recipe/rendered_recipe.yaml"
_INFO = "info/"
_READ = frozenset({INDEX, PATHS, RENDERED})


def read_facts(package: Path) -> PackageFacts:
    """Read a package. Raises WrongInputError when it is damaged, or its metadata can't be read."""
    try:
        metadata = _metadata(package)
        index = index_fields(metadata[INDEX])
        listed = [entry for entry in _listed(metadata) if isinstance(entry, dict)]
        rendered = _rendered(metadata.get(RENDERED, b""))
        folders = _mapping(_mapping(rendered.get("build_configuration")).get("directories"))
        written = [entry.get("prefix_placeholder") for entry in listed]
        prefixes = frozenset(str(prefix) for prefix in [*written, folders.get("host_prefix")] if prefix)
        files = tuple(_files(package, traces_of(prefixes, str(folders.get("build_dir", "")))))
    except (*DAMAGE, RecursionError) as error:
        raise WrongInputError(f"the package can't be read ({error})", where=Where(file=package)) from error
    return PackageFacts(
        file_name=package.name,
        name=index["name"],
        version=index["version"],
        subdir=str(index.get("subdir") or "noarch"),
        noarch=str(index["noarch"]) if index.get("noarch") else None,
        depends=tuple(index.get("depends", ())),
        constrains=tuple(index.get("constrains", ())),
        files=files,
        relocated=frozenset(str(entry.get("_path")) for entry in listed if entry.get("prefix_placeholder")),
        prefixes=prefixes,
        environment=_environment(rendered),
        allowed=_allowed(_mapping(rendered.get("recipe"))),
    )


def _metadata(package: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for archive, entry in tar_entries(package, package.name, "info-"):
        if entry.name in _READ and entry.isfile():
            if entry.size > LARGEST_METADATA:
                raise ValueError(f"{entry.name} is {entry.size} bytes large")
            content = archive.extractfile(entry)
            found[entry.name] = content.read() if content else b""
    if INDEX not in found:
        raise ValueError(f"it has no {INDEX}")
    return found


def _listed(metadata: Mapping[str, bytes]) -> list[Any]:
    paths = json_value(metadata.get(PATHS, b"{}"))
    entries = paths.get("paths") if isinstance(paths, dict) else None
    return entries if isinstance(entries, list) else []


def _rendered(content: bytes) -> Mapping[str, Any]:
    """Read what the builder wrote down; other builders write something else, or nothing."""
    try:
        return _mapping(load(content.decode()))
    except (yaml.YAMLError, UnicodeDecodeError):
        return {}


def _files(package: Path, traces: tuple[Trace, ...]) -> Iterator[FileFacts]:
    for archive, entry in tar_entries(package, package.name, "pkg-"):
        if not entry.isdir() and not entry.name.startswith(_INFO):
            yield _file(archive, entry, traces)


def _file(archive: tarfile.TarFile, entry: tarfile.TarInfo, traces: tuple[Trace, ...]) -> FileFacts:
    path = posixpath.normpath(entry.name)
    if entry.issym():
        return FileFacts(path=path, link=entry.linkname, places=link_places(entry.linkname, traces))
    content = archive.extractfile(entry) if entry.isreg() else None
    if content is None:  # another name of a file that was there before
        return FileFacts(path=path, mode=entry.mode)
    return read_content(content, path=path, mode=entry.mode, size=entry.size, traces=traces)


def _environment(rendered: Mapping[str, Any]) -> dict[str, str]:
    sections = _mapping(rendered.get("finalized_dependencies"))
    return {
        f"{record['subdir']}/{record['fn']}": str(record.get("sha256", ""))
        for section in ("build", "host")
        for record in _list(_mapping(sections.get(section)).get("resolved"))
        if isinstance(record, dict) and "subdir" in record and "fn" in record
    }


def _allowed(recipe: Mapping[str, Any]) -> Allowed:
    linking = _mapping(_mapping(recipe.get("build")).get("dynamic_linking"))
    own = _mapping(_mapping(recipe.get("extra")).get("ownconda"))
    return Allowed(
        libraries=_texts(linking.get("missing_dso_allowlist")),
        run_paths=_texts(linking.get("rpath_allowlist")),
        findings={str(rule): _texts(files) for rule, files in _mapping(own.get("allowed_findings")).items()},
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]) if one is not None)
