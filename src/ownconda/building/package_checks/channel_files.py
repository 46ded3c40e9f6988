"""Channels asked what is installed with a package, which files that has, and who has a library."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ownconda.building.package_checks.facts import PackageFacts
from ownconda.building.package_checks.linked_paths import PYTHON, linked_path, site_packages
from ownconda.building.package_checks.required import Required, required_by
from ownconda.building.package_checks.surroundings import Neighbour, Owners
from ownconda.conda.available import Available
from ownconda.conda.gateway import available, package_names
from ownconda.conda.match_specs import spec_name
from ownconda.conda.solver import listed_paths
from ownconda.errors import OutsideError
from ownconda.wires.files import write_atomically


class ChannelFiles:
    """The channels at some addresses, the first one that has a name before the others.

    Lists of files are kept in the folder ``kept``, by the digests of their packages.
    """

    def __init__(self, channels: Sequence[str], *, kept: Path | None = None) -> None:
        self._channels, self._kept = tuple(channels), kept

    def required(self, package: PackageFacts) -> Required:
        """Tell what is installed with a package: rather what it was built with than what is newer."""
        names = [name for spec in package.depends if not (name := spec_name(spec)).startswith("__")]
        found = available(self._channels, names, subdir=_subdir(package))
        others = [one for one in found if one.name != package.name]  # what it requires may require it
        return required_by(package.depends, others, preferred=set(package.environment.values()))

    def neighbours(self, required: Required) -> tuple[Neighbour, ...]:
        """Give what is installed with a package, with its files."""
        everything = [*required.direct, *required.indirect]
        python = next((one.version for one in everything if one.name == PYTHON), None)
        folder = site_packages(python) if python else None
        return tuple(
            Neighbour(
                name=one.name,
                version=one.version,
                direct=one in required.direct,
                paths=frozenset(linked_path(path, one.noarch, folder) for path in self._paths(one)),
            )
            for one in everything
        )

    def owners(self, package: PackageFacts) -> Owners:
        """Give the function that tells who has a library: what the package was built with, else any channel here."""

        @cache
        def owners(library: str) -> tuple[str, ...]:
            having = self._having(library, self._environment(package), package)
            return having or self._having(library, self._in_folders(package), package)

        return owners

    def _having(self, library: str, those: Iterator[Available], package: PackageFacts) -> tuple[str, ...]:
        ending = f"/{library}"
        having = {
            one.name for one in those if any(path.endswith(ending) or path == library for path in self._readable(one))
        }
        return tuple(sorted(having - {package.name}))

    def _environment(self, package: PackageFacts) -> Iterator[Available]:
        files = {path.rpartition("/")[2] for path in package.environment}
        names = sorted({name.rsplit("-", 2)[0] for name in files})
        listed = available(self._channels, names, subdir=_subdir(package), recursive=False)
        return (one for one in listed if one.file_name in files)

    def _in_folders(self, package: PackageFacts) -> Iterator[Available]:
        """Go through all packages of the channels on this machine; others are too far to read all of them."""
        folders = [channel for channel in self._channels if channel.startswith("file:")]
        names = sorted(package_names(folders, subdir=_subdir(package)))
        return iter(available(folders, names, subdir=_subdir(package), recursive=False))

    def _readable(self, one: Available) -> tuple[str, ...]:
        try:
            return self._paths(one)
        except OutsideError:
            return ()  # a damaged package is somebody else's finding

    def _paths(self, one: Available) -> tuple[str, ...]:
        kept = self._kept / f"{one.sha256}.json" if self._kept and one.sha256 else None
        if kept and (paths := _read(kept)) is not None:
            return paths
        paths = listed_paths(one.url)
        if kept:
            write_atomically(kept, json.dumps(paths).encode(), durable=False)
        return paths


def folder_of(package: Path) -> str | None:
    """Give the address of the channel on disk that a package file stands in."""
    channel = package.resolve().parent.parent
    return channel.as_uri() if (channel / "noarch" / "repodata.json").is_file() else None


def _read(kept: Path) -> tuple[str, ...] | None:
    try:
        return tuple(str(path) for path in json.loads(kept.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _subdir(package: PackageFacts) -> str | None:
    return None if package.subdir == "noarch" else package.subdir
