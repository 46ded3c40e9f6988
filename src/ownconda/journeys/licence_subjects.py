"""Which packages are meant by a prefix, a lock file, a folder, or a channel, for their licences to be read."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests

from ownconda.conda.installers import unpack_installer
from ownconda.conda.names import EXTENSIONS
from ownconda.environments.holdings import locked_files
from ownconda.errors import Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_channels import fetch_indexes
from ownconda.journeys.reading_licences import Wanted
from ownconda.wires.fetching import fetch

SCRIPT = ".sh"
OTHER_INSTALLERS = (".exe", ".pkg")


def in_lock_file(path: Path) -> list[Wanted]:
    """Give the packages that a lock file lists, from where it says. Raises WrongInputError when it is none."""
    if path.name.endswith(OTHER_INSTALLERS):
        hint = "give the lock file that it was made of, a folder of its packages, or the prefix that it installs"
        raise WrongInputError(
            "of installers, only shell scripts (.sh) can be looked into", where=Where(file=path), hint=hint
        )
    return [Wanted(name=_file_name(url), url=url, sha256=sha256) for url, sha256 in locked_files(path)]


def in_installer(path: Path, folder: Path) -> tuple[list[Wanted], str]:
    """Give the packages of an installer, copied into a folder; and what is in there besides, if anything.

    Raises WrongInputError when it can't be looked into.
    """
    found = unpack_installer(path, folder)
    besides = f"the installer's own programs ({found.programs:,} bytes) are no packages, and weren't looked into"
    return [Wanted(name=one.name, file=one) for one in found.packages], besides if found.programs else ""


def fetched_installer(url: str, folder: Path, web: requests.Session) -> Path:
    """Fetch an installer at an address into a folder. Raises OutsideError."""
    return fetch(url, folder / _file_name(urlsplit(url).path), web)


def in_folder(folder: Path) -> list[Wanted]:
    """Give the package files in a folder, and in those below it. Raises WrongInputError when there are none."""
    found = [Wanted(name=file.relative_to(folder).as_posix(), file=file) for file in sorted(_packages(folder))]
    if not found:
        hint = "a prefix has a folder conda-meta; other folders have to hold packages"
        raise WrongInputError(
            "neither an installed prefix, nor a folder of packages", where=Where(file=folder), hint=hint
        )
    return found


def in_forge(forge: ForgeClient, channel: str) -> list[Wanted]:
    """Give what a channel of a forge lists."""
    address = forge.channel_url(channel)
    return [
        Wanted(name=one.path, url=f"{address}/{one.path}", sha256=one.sha256)
        for one in forge.packages(channel)
        if not one.yanked
    ]


def at_address(url: str, web: requests.Session) -> list[Wanted]:
    """Give what a channel at an address lists. Raises NoError, OutsideError."""
    with TemporaryDirectory() as folder:
        offer = fetch_indexes(url, Path(folder), web)
    return [Wanted(name=one.path, url=one.file.url, sha256=one.file.sha256) for one in offer.packages]


def _packages(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.name.endswith(EXTENSIONS) and path.is_file())


def _file_name(url: str) -> str:
    return url.rpartition("/")[2]
