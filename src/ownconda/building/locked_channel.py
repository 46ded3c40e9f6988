"""A channel on disk that holds the packages of a lock and no others, so that a solver can only answer with them."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ownconda.conda.locks import Lock, LockedPackage
from ownconda.conda.records import record_from_fields
from ownconda.errors import OutsideError, OwncondaError, Problem, WrongInputError
from ownconda.repodata.channel_folder import write_channel
from ownconda.repodata.entries import Entry
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Web
from ownconda.sources.fetching import fetch
from ownconda.sources.places.own_address import OwnAddress
from ownconda.sources.source import Source
from ownconda.wires.files import link_or_copy, sha256_of
from ownconda.wires.http import redacted, session
from ownconda.wires.progress import NoProgress


def locked_channel(lock: Lock, folder: Path, *, channels: Sequence[str], cache: Path) -> str:
    """Lay out the packages of a lock as a channel in ``folder``, and give its address.

    They are looked for in ``channels`` (addresses), and what has to be fetched is kept in ``cache``. Raises
    OutsideError that names each package that none of them has.
    """
    shutil.rmtree(folder, ignore_errors=True)
    place = OwnAddress(web=Web(session()))
    problems: list[Problem] = []
    for package in lock.packages:
        try:
            link_or_copy(_found(package, channels, place, cache), folder / package.path)
        except OwncondaError as error:
            problems.append(_missing(package, channels, error))
    if problems:
        raise OutsideError.of(problems)
    write_channel(folder, [_entry(package) for package in lock.packages])
    return folder.as_uri()


def _found(package: LockedPackage, channels: Sequence[str], place: OwnAddress, cache: Path) -> Path:
    addresses = tuple(f"{channel.rstrip('/')}/{package.path}" for channel in channels)
    for path in (Path(url2pathname(urlsplit(one).path)) for one in addresses if one.startswith("file:")):
        if path.is_file() and sha256_of(path) == package.sha256:
            return path  # as it lies there: no copy is needed in the cache
    source = Source(urls=addresses, checksum=Checksum(digest=package.sha256), file_name=package.file_name)
    return fetch(source, places=[place], cache=cache, progress=NoProgress())


def _missing(package: LockedPackage, channels: Sequence[str], error: OwncondaError) -> Problem:
    asked = ", ".join(redacted(channel) for channel in channels) or "no channel"
    wrong = ", only with other bytes" if isinstance(error, WrongInputError) else ""
    return Problem(
        what=f"the locked package {package.path} (sha256 {package.sha256}) is nowhere to be had{wrong}; "
        f"looked for in {asked}",
        hint="name a channel that has it with --channel, or build without --locked",
    )


def _entry(package: LockedPackage) -> Entry:
    record = record_from_fields(package.fields, file_name=package.file_name, run_exports={})
    return Entry(record=record, indexed_at=0)
