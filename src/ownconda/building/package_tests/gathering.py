"""Packages brought together to be tested: given as files, or fetched from channels."""

import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from ownconda.building.package_tests.candidates import Candidate, best, dependents, names_of_dependents
from ownconda.conda.available import Available
from ownconda.conda.gateway import available, listed_packages
from ownconda.conda.match_specs import spec_name
from ownconda.conda.package_files import read_package
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.channel_folder import write_channel
from ownconda.repodata.entries import Entry
from ownconda.wires.fetching import fetch
from ownconda.wires.files import link_or_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A folder to fetch packages into, the channels that they come from (addresses), and how HTTP is spoken."""

    folder: Path
    channels: tuple[str, ...]
    session: Callable[[], requests.Session]


def asked_for(files: Iterable[Path], specs: Sequence[str], shelf: Shelf) -> list[Candidate]:
    """Read package files, and fetch what match specs mean.

    Raises WrongInputError for a file that is no package or a match spec that no package fits, OutsideError when a
    channel can't be read.
    """
    given = [Candidate(file=file.resolve(), record=read_package(file)) for file in files]
    found = available(shelf.channels, sorted({spec_name(spec) for spec in specs}), recursive=False)
    by_name = [(spec, best(spec, (one for one in found if one.name == spec_name(spec)))) for spec in specs]
    missing = [spec for spec, one in by_name if one is None]
    if missing:
        hint = "give a channel that has it: --channel" if shelf.channels else "no channel is given: --channel"
        raise WrongInputError.of(Problem(what=f"there is no package {spec!r}", hint=hint) for spec in missing)
    return [*given, *(_candidate(one, shelf) for _, one in by_name if one is not None)]


def depending(tested: Sequence[Candidate], shelf: Shelf) -> list[Candidate]:
    """Fetch the packages of the channels that depend on one of those that are tested, and accept its version.

    Raises OutsideError when a channel can't be read.
    """
    records = [one.record for one in tested]
    names = names_of_dependents(records, ((one.name, one.depends) for one in listed_packages(shelf.channels)))
    found = available(shelf.channels, sorted(names), recursive=False)
    return [_candidate(one, shelf, because=f"needs {needed}") for one, needed in dependents(records, found)]


def channel_of(tested: Sequence[Candidate], folder: Path) -> str:
    """Make a channel of the packages that are tested, so that it can be asked before all others; gives its address."""
    for one in tested:
        link_or_copy(one.file, folder / one.record.path)
    write_channel(folder, (Entry(record=one.record, indexed_at=0) for one in tested))
    return folder.as_uri()


def _candidate(one: Available, shelf: Shelf, *, because: str = "") -> Candidate:
    file = _fetched(one, shelf)
    return Candidate(file=file, record=read_package(file), because=because)


def _fetched(one: Available, shelf: Shelf) -> Path:
    address = urllib.parse.urlsplit(one.url)
    if address.scheme == "file":
        return Path(urllib.parse.unquote(address.path))
    target = shelf.folder / address.path.rpartition("/")[0].rpartition("/")[2] / one.file_name
    return fetch(one.url, target, shelf.session(), sha256=one.sha256)
