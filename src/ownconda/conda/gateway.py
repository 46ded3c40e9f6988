"""Channels read through py-rattler: which names they have, which packages, and what a package there says of itself."""

import asyncio
import difflib
import urllib.parse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rattler
from rattler import exceptions
from rattler.package_streaming import fetch_raw_package_file_from_url

from ownconda.conda.available import Available
from ownconda.conda.package_files import read_member
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.http import redacted

READING = (
    exceptions.SolverError,
    exceptions.GatewayError,
    exceptions.FetchRepoDataError,
    exceptions.InvalidChannelError,
    exceptions.InvalidUrlError,
    exceptions.IoError,
)
"""What py-rattler 0.28 raises while it reads channels; it has no common base."""

AT_ONCE = 16
_CONFIG = 'tls-root-certs = "system"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A package as a channel's index lists it: as much as is asked of very many at once."""

    name: str
    version: str
    build: str
    subdir: str
    file_name: str
    channel: str
    depends: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A package that a channel holds: that channel's address, and the package's own."""

    channel: str
    url: str


def package_names(channels: Sequence[str], *, subdir: str | None = None) -> frozenset[str]:
    """Tell the names of all packages that channels have for a subdir (this machine's) and for noarch.

    Raises OutsideError when a channel can't be reached.
    """
    if not channels:
        return frozenset()
    gateway = rattler.Gateway(client=client())
    try:
        names = asyncio.run(gateway.names(list(channels), _platforms(subdir)))
    except READING as error:
        raise unreadable(error, channels) from error
    return frozenset(name.normalized for name in names)


def listed_packages(channels: Sequence[str], *, subdir: str | None = None) -> list[Listed]:
    """Give every package that channels have for a subdir (this machine's) and for noarch.

    Whole index files are read, since all of them is asked for. Raises OutsideError when a channel can't be read.
    """
    if not channels:
        return []
    gateway = rattler.Gateway(client=client(), default_config=rattler.SourceConfig(sharded_enabled=False))
    try:
        records = asyncio.run(_all_records(gateway, channels, subdir))
    except READING as error:
        raise unreadable(error, channels) from error
    return [_listed(record) for record in records]


def available(
    channels: Sequence[str], names: Sequence[str], *, subdir: str | None = None, recursive: bool = True
) -> tuple[Available, ...]:
    """List the packages of these names that channels have for a subdir (this machine's) and for noarch.

    The first channel that has a name wins. ``recursive`` lists what those may require as well, and so on. Raises
    OutsideError when a channel can't be reached.
    """
    if not channels or not names:
        return ()
    gateway = rattler.Gateway(client=client())
    try:
        found = asyncio.run(_available_records(gateway, channels, names, subdir, recursive=recursive))
    except READING as error:
        raise unreadable(error, channels) from error
    first: dict[str, int] = {}
    for number, records in enumerate(found):
        first = {record.name.normalized: number for record in records} | first
    return tuple(
        _available(record)
        for number, records in enumerate(found)
        for record in records
        if first[record.name.normalized] == number
    )


def held(channels: Sequence[str], names: Collection[str], *, subdir: str | None = None) -> Mapping[str, Held]:
    """Tell which packages of these names channels hold, by ``<subdir>/<file name>``; the first channel counts.

    Raises OutsideError when a channel can't be reached.
    """
    if not channels or not names:
        return {}
    gateway = rattler.Gateway(client=client())
    found: dict[str, Held] = {}
    for channel in channels:
        try:
            records = asyncio.run(_queried(gateway, channel, names, subdir))
        except READING as error:
            raise unreadable(error, [channel]) from error
        for record in records:
            found.setdefault(f"{record.subdir}/{record.file_name}", Held(channel=channel, url=record.url))
    return found


def members(urls: Sequence[str], member: str) -> list[bytes | None]:
    """Read one file of the ``info`` folder of each package, by ranges; None where a package has none.

    Raises OutsideError when a package can't be read.
    """
    return asyncio.run(_members(urls, member))


def client() -> rattler.Client:
    """Make a client that trusts whom the system trusts."""
    return rattler.Client.from_config(rattler.Config.from_toml(_CONFIG))


def platform_of(subdir: str) -> rattler.Subdir:
    """Read a subdir's name.

    Raises WrongInputError when there is no such subdir.
    """
    try:
        return rattler.Subdir(subdir)
    except exceptions.ParseSubdirError as error:
        near = difflib.get_close_matches(subdir, ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64"], n=1)
        raise WrongInputError(
            f"{subdir!r} isn't a subdir", hint=f"did you mean {near[0]}?" if near else "for example linux-64"
        ) from error


def unreadable(error: Exception, channels: Sequence[str]) -> OutsideError:
    """Say that channels can't be read."""
    return OutsideError(
        f"the channel can't be read: {sentence(error)}",
        where=Where(file=redacted(", ".join(channels))),
        hint="is the address right, and the forge running?",
    )


def sentence(error: BaseException) -> str:
    """Give an error's own words, without the credentials of addresses in it."""
    return redacted(str(error).strip())


def _platforms(subdir: str | None) -> list[rattler.Subdir]:
    own = platform_of(subdir) if subdir else rattler.Subdir.current()
    noarch = rattler.Subdir("noarch")
    return [noarch] if own == noarch else [own, noarch]


async def _all_records(
    gateway: rattler.Gateway, channels: Sequence[str], subdir: str | None
) -> list[rattler.RepoDataRecord]:
    platforms = _platforms(subdir)
    names = await gateway.names(list(channels), platforms)
    found = await gateway.query(list(channels), platforms, [name.normalized for name in names], recursive=False)
    return [record for some in found for record in some]


async def _available_records(
    gateway: rattler.Gateway, channels: Sequence[str], names: Sequence[str], subdir: str | None, *, recursive: bool
) -> list[list[rattler.RepoDataRecord]]:
    return list(await gateway.query(list(channels), _platforms(subdir), list(names), recursive=recursive))


def _available(record: rattler.RepoDataRecord) -> Available:
    return Available(
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        build_number=record.build_number,
        sha256=record.sha256.hex() if record.sha256 else "",
        url=record.url,
        noarch="python" if record.noarch.python else "generic" if record.noarch.generic else None,
        depends=tuple(record.depends),
    )


def _listed(record: rattler.RepoDataRecord) -> Listed:
    return Listed(
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        subdir=record.subdir,
        file_name=record.file_name,
        channel=record.channel or "",
        depends=tuple(record.depends),
    )


async def _queried(
    gateway: rattler.Gateway, channel: str, names: Collection[str], subdir: str | None
) -> list[rattler.RepoDataRecord]:
    found = await gateway.query(
        [channel], _platforms(subdir), sorted(names), recursive=False, channel_relations="disabled"
    )
    return list(found[0])


async def _members(urls: Sequence[str], member: str) -> list[bytes | None]:
    asking, turns = client(), asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> bytes | None:
        address = urllib.parse.urlsplit(url)
        if address.scheme == "file":
            return read_member(Path(urllib.parse.unquote(address.path)), member)
        try:
            async with turns:
                return await fetch_raw_package_file_from_url(asking, url, member)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutsideError(f"it can't be read: {sentence(error)}", where=Where(file=url)) from error

    return await asyncio.gather(*(one(url) for url in urls))
