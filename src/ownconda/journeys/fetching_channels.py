"""A channel that is reachable by HTTP only, brought into a folder: its index files, and all that they list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from ownconda.conda.names import SUBDIRS
from ownconda.errors import NoError, OutsideError, Problem, Where
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.repodata.listed_files import ListedFile, is_file_name, listed_files, listed_records
from ownconda.repodata.old_index import FORMS, LARGEST, UNREADABLE, unpacked_index
from ownconda.wires.fetching import NotThereError, OtherContentError, fetch, is_whole
from ownconda.wires.http import redacted
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A package of a channel elsewhere: where it is, and where it goes, as ``<subdir>/<file name>``."""

    path: str
    file: ListedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a channel elsewhere lists, with the files whose names can't be used."""

    packages: tuple[Offered, ...]
    odd: tuple[Problem, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all packages, as far as the indexes tell."""
        return sum(one.file.size for one in self.packages)


def fetch_indexes(url: str, folder: Path, asking: requests.Session) -> Offer:
    """Bring the index files of a channel's subdirs into a folder, the newest ones, and tell what they list.

    Raises NoError when there is no channel, OutsideError when it can't be reached or an index can't be read.
    """
    address = url.rstrip("/")
    told = {subdir: found for subdir in sorted(SUBDIRS) if (found := _index(f"{address}/{subdir}", folder, asking))}
    if not told:
        where = Where(file=redacted(url))
        raise NoError("no channel is there", where=where, hint="its address is what stands before linux-64 or noarch")
    return Offer(
        packages=tuple(
            Offered(path=f"{subdir}/{file.name}", file=file)
            for subdir, index in told.items()
            for file in listed_files(index, f"{address}/{subdir}")
        ),
        odd=tuple(
            problem for subdir, index in told.items() for problem in _odd(f"{redacted(address)}/{subdir}", index)
        ),
    )


def fetch_packages(offer: Offer, folder: Path, asking: requests.Session, progress: Progress) -> tuple[Problem, ...]:
    """Bring the packages into the folder that aren't there yet; tell those that are listed and can't be had.

    Called again, it goes on where it was interrupted. Raises OutsideError when the channel can't be reached.
    """
    problems: list[Problem] = []
    with progress.bar("fetching", len(offer.packages)) as bar:
        for _, found in several_at_once(partial(_bring, folder=folder, asking=asking), offer.packages):
            problems += found
            bar.advance(1)
    return tuple(sorted(problems, key=str))


def _index(address: str, folder: Path, asking: requests.Session) -> dict[str, Any] | None:
    """Bring a subdir's index in the smallest form that is there, instead of what was there before."""
    place = folder / address.rpartition("/")[2]
    for name in sorted(FORMS, reverse=True):
        try:
            file = fetch(f"{address}/{name}", place / name, asking, most=LARGEST)
        except NotThereError:
            continue
        for other in FORMS.keys() - {name}:
            (place / other).unlink(missing_ok=True)
        try:
            index = unpacked_index(name, file.read_bytes())
            _ = list(listed_files(index, address))
        except (*UNREADABLE, AttributeError, TypeError) as error:
            where = Where(file=f"{redacted(address)}/{name}")
            raise OutsideError(f"isn't an index: {error}", where=where, hint="is that a channel?") from error
        return index
    return None


def _bring(one: Offered, *, folder: Path, asking: requests.Session) -> Sequence[Problem]:
    place, file = folder / one.path, one.file
    if is_whole(place, sha256=file.sha256, md5=file.md5):
        return ()
    try:
        fetch(file.url, place, asking, sha256=file.sha256, md5=file.md5, most=file.size)
    except (NotThereError, OtherContentError) as error:
        place.unlink(missing_ok=True)
        return error.problems
    return ()


def _odd(address: str, index: dict[str, Any]) -> Iterator[Problem]:
    for name, _ in listed_records(index):
        if not is_file_name(name):
            yield Problem(what=f"lists {name[:220]!r}, which no package may be called", where=Where(file=address))
