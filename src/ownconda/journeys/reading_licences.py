"""What packages say of their licences, read where they are: in a prefix, in folders, in channels on the web."""

import json
import mmap
import os
import urllib.parse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from ownconda.building.package_checks.elf import MAGIC, read_elf
from ownconda.conda.package_files import read_info, read_info_in
from ownconda.conda.package_licences import PackageLicence, is_wanted, licence_of
from ownconda.environments.installed import Package
from ownconda.errors import OwncondaError, Problem, Where, WrongInputError
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.journeys.licences import Links
from ownconda.wires.fetching import fetch
from ownconda.wires.files import make_folder, write_atomically
from ownconda.wires.http import redacted
from ownconda.wires.progress import Progress
from ownconda.wires.ranges import NoRangesError, RangedFile

Web = Callable[[str], requests.Session]
"""Gives the session for an address: a token is shown to its own forge alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A package to read: its file, its unpacked folder, or its address; by its sha256 what was read is kept."""

    name: str
    unpacked: Path | None = None
    file: Path | None = None
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read, and which packages couldn't be."""

    licences: tuple[PackageLicence, ...]
    unread: tuple[Problem, ...]


def read_licences(wanted: Sequence[Wanted], web: Web, cache: Path, progress: Progress) -> Read:
    """Read packages, a few at once; of those on the web no more than what tells of them, and that once."""
    licences: list[PackageLicence] = []
    unread: list[Problem] = []
    with progress.bar("reading licences", len(wanted)) as bar:
        for _, found in several_at_once(lambda one: _tried(one, web, cache), wanted):
            if isinstance(found, PackageLicence):
                licences.append(found)
            else:
                unread.extend(found)
            bar.advance(1)
    return Read(licences=tuple(licences), unread=tuple(sorted(unread, key=str)))


def installed_ones(packages: Iterable[Package]) -> list[Wanted]:
    """Give the packages of a prefix: unpacked in its client's cache, or where they came from."""
    return [
        Wanted(name=one.file_name, unpacked=_there(one.unpacked), url=one.url, sha256=one.sha256) for one in packages
    ]


def links_in(prefix: Path, packages: Sequence[Package]) -> Links:
    """Tell which packages' libraries the ELF files of each package in a prefix are linked with."""
    owners = {file: one.name for one in packages for file in one.files}
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for file, owner in owners.items():
        if ".so" in file:
            by_name[file.rpartition("/")[2]].add(owner)
    return {
        one.name: {owner for file in one.files for need in _needed(prefix / file) for owner in by_name[need]}
        - {one.name}
        for one in packages
    }


def _needed(file: Path) -> Sequence[str]:
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size < len(MAGIC):
            return ()
        with file.open("rb") as content:
            if content.read(len(MAGIC)) != MAGIC:
                return ()
            with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return read_elf(data).needed
    except (OSError, ValueError):  # what can't be read isn't loaded either
        return ()


def _there(unpacked: Path | None) -> Path | None:
    return unpacked if unpacked is not None and (unpacked / "info" / "index.json").is_file() else None


def _tried(one: Wanted, web: Web, cache: Path) -> PackageLicence | Sequence[Problem]:
    try:
        return _read(one, web, cache)
    except OwncondaError as error:
        return error.problems


def _read(one: Wanted, web: Web, cache: Path) -> PackageLicence:
    if one.unpacked is not None:
        return licence_of(_unpacked(one.unpacked), one.name)
    if one.file is not None:
        return licence_of(read_info(one.file, is_wanted), one.name)
    if not one.url:
        hint = "give the packages themselves: a folder of them, or their channel"
        raise WrongInputError("nothing tells where the package is", where=Where(file=one.name), hint=hint)
    return _kept(one, cache, lambda: licence_of(_fetched(one, web), one.name))


def _kept(one: Wanted, cache: Path, read: Callable[[], PackageLicence]) -> PackageLicence:
    """Give what was read of a package before; what is kept is named by the package's sha256, and never changes."""
    place = cache / f"{one.sha256}.json"
    try:
        fields = json.loads(place.read_bytes()) if one.sha256 else None
        if fields:
            return PackageLicence(**{**fields, "depends": tuple(fields["depends"]), "file": one.name})
    except (OSError, ValueError, KeyError, TypeError):
        pass  # it isn't there, or of another version: it is read again
    found = read()
    if one.sha256:
        make_folder(cache)
        write_atomically(place, json.dumps(asdict(found)).encode())
    return found


def _fetched(one: Wanted, web: Web) -> dict[str, bytes]:
    address = urllib.parse.urlsplit(one.url)
    if address.scheme == "file":
        return read_info(Path(urllib.parse.unquote(address.path)), is_wanted)
    if address.path.endswith(".conda"):
        try:
            return read_info_in(RangedFile(one.url, web(one.url)), is_wanted, where=Where(file=redacted(one.url)))  # type: ignore[arg-type]
        except NoRangesError:
            pass  # then it is fetched as a whole
    with TemporaryDirectory() as folder:
        file = fetch(one.url, Path(folder) / one.name.rpartition("/")[2], web(one.url), sha256=one.sha256)
        return read_info(file, is_wanted)


def _unpacked(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for place, _, files in os.walk(folder / "info"):
        for file in files:
            path = Path(place, file)
            name = path.relative_to(folder).as_posix()
            if is_wanted(name) and path.is_file():
                found[name] = path.read_bytes()
    return found
