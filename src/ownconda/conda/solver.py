"""The solver and the installer: specs and channels to records, records to a prefix (py-rattler)."""

import asyncio
import urllib.parse
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rattler
from rattler import exceptions

from ownconda.conda.gateway import READING, client, platform_of, sentence, unreadable
from ownconda.errors import NoError, OutsideError, OwncondaError, Where, WrongInputError

_INSTALLING = (
    exceptions.InstallerError,
    exceptions.LinkError,
    exceptions.TransactionError,
    exceptions.ExtractError,
    exceptions.IoError,
    OSError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A package of a solution: where it is, where it stands in a channel, its sha256 and its licence as it says it."""

    url: str
    path: str
    sha256: str
    license: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A consistent set of packages for one subdir, in an order in which they can be linked."""

    subdir: str
    names: tuple[str, ...]
    urls: tuple[str, ...]
    specs: tuple[str, ...]
    native: tuple[rattler.RepoDataRecord, ...] = field(repr=False)

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """Give the packages."""
        return tuple(
            Chosen(
                url=record.url,
                path=f"{record.subdir}/{record.file_name}",
                sha256=record.sha256.hex() if record.sha256 else "",
                license=record.license or "",
            )
            for record in self.native
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an installation changed: file names of packages."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def solve(
    channels: Sequence[str], specs: Sequence[str], *, subdir: str | None = None, pip_with_python: bool = False
) -> Solved:
    """Find packages in ``channels`` (addresses, the first one that has a name wins) that satisfy ``specs``.

    ``pip_with_python`` adds pip to what python needs, as conda does. Raises WrongInputError for a spec that can't be
    read, OutsideError when a channel can't be reached, NoError in the solver's words when nothing fits.
    """
    wanted = [_spec(text) for text in specs]
    platform = platform_of(subdir) if subdir else rattler.Subdir.current()
    try:
        records = asyncio.run(
            rattler.solve(
                sources=list(channels),
                specs=wanted,
                gateway=rattler.Gateway(client=client()),
                platforms=[platform, rattler.Subdir("noarch")],
                virtual_packages=rattler.VirtualPackage.detect(),
                add_pip_as_python_dependency=pip_with_python,
            )
        )
    except READING as error:
        raise _explained(error, channels, specs) from error
    ordered = rattler.PackageRecord.sort_topologically(list(records))
    return Solved(
        subdir=str(platform),
        names=tuple(record.name.normalized for record in ordered),
        urls=tuple(record.url for record in records),
        specs=tuple(specs),
        native=tuple(records),
    )


def listed_paths(url: str) -> tuple[str, ...]:
    """Give the paths of a package's files, relative to the prefix; of a remote one nothing else is downloaded.

    Raises OutsideError when they can't be read.
    """
    [paths] = asyncio.run(_listed([url]))
    return tuple(str(entry.relative_path) for entry in (paths.paths if paths else ()) if not entry.path_type.directory)


def newest(channels: Sequence[str], spec: str, *, subdir: str | None = None) -> tuple[str, str]:
    """Find the newest package that a match spec means, for a subdir (this machine's) or noarch: address and sha256.

    Raises WrongInputError for a spec that can't be read, OutsideError when a channel can't be reached, NoError when
    there is none.
    """
    platform = platform_of(subdir) if subdir else rattler.Subdir.current()
    gateway, platforms = rattler.Gateway(client=client()), [platform, rattler.Subdir("noarch")]
    try:
        records = asyncio.run(gateway.query(list(channels), platforms, [_spec(spec)], recursive=False))
    except READING as error:
        raise _explained(error, channels, (spec,)) from error
    found = [record for of_channel in records for record in of_channel]
    if not found:
        where = Where(file=", ".join(channels) or "no channel")
        raise NoError(f"there is no package {spec!r}", where=where, hint="name a channel with --channel")
    best = max(found, key=lambda one: (one.version, one.build_number, str(one.timestamp)))
    return best.url, best.sha256.hex() if best.sha256 else ""


def install(solved: Solved, prefix: Path, *, on_package: Callable[[str], None] = lambda _: None) -> Installed:
    """Make ``prefix`` hold exactly the packages of ``solved``; what is there already stays.

    ``on_package`` is called with the name of each package as it is linked. Raises OutsideError when a package can't
    be fetched or the prefix can't be written to.
    """
    before = installed(prefix)
    try:
        asyncio.run(
            rattler.install(
                list(solved.native),
                target_prefix=prefix,
                client=client(),
                show_progress=False,
                reporter=_Reporter(on_package),  # type: ignore[abstract]  # py-rattler marks it so by empty bodies
                # py-rattler 0.28 hands them on without taking them out of their wrapper
                requested_specs=[_spec(text)._match_spec for text in solved.specs],  # noqa: SLF001
            )
        )
    except _INSTALLING as error:
        raise OutsideError(
            f"couldn't be installed: {sentence(error)}",
            where=Where(file=prefix),
            hint="run the same command again",
        ) from error
    after = installed(prefix)
    return Installed(added=tuple(sorted(after - before)), removed=tuple(sorted(before - after)))


def arriving_files(solved: Solved, unchanged: Collection[str]) -> dict[Path, str]:
    """Tell which files an installation will link, relative to the prefix, and the package of each.

    ``unchanged`` holds ``<name>-<version>-<build>`` of packages that needn't be asked. Nothing is downloaded but each
    package's list of files. Programs that are made for entry points while installing aren't in it. Raises
    OutsideError when a list can't be read.
    """
    records = [one for one in solved.native if _identifier(one) not in unchanged]
    listed = asyncio.run(_listed([record.url for record in records]))
    python = next((record for record in solved.native if record.name.normalized == "python"), None)
    return {
        _target(entry.relative_path, record, python): record.name.normalized
        for record, paths in zip(records, listed, strict=True)
        for entry in (paths.paths if paths else ())
        if not entry.path_type.directory
    }


async def _listed(urls: Sequence[str]) -> list[rattler.PathsJson | None]:
    fetching = client()

    async def one(url: str) -> rattler.PathsJson | None:
        address = urllib.parse.urlsplit(url)
        try:
            if address.scheme == "file":
                return rattler.PathsJson.from_package_archive(Path(urllib.parse.unquote(address.path)))
            return await rattler.PathsJson.from_remote_url(fetching, url)
        except (*_INSTALLING, ValueError) as error:
            where = Where(file=url.rpartition("/")[2])
            raise OutsideError(f"its files can't be listed: {sentence(error)}", where=where) from error

    return await asyncio.gather(*(one(url) for url in urls))


def _target(path: Path, record: rattler.RepoDataRecord, python: rattler.RepoDataRecord | None) -> Path:
    """Say where a file is linked to: noarch python packages keep theirs in places that hold for any python."""
    if not record.noarch.python or python is None:
        return path
    match path.parts:
        case ("site-packages", *rest):
            version = ".".join(str(python.version).split(".")[:2])
            site_packages = python.python_site_packages_path or f"lib/python{version}/site-packages"
            return Path(site_packages, *rest)
        case ("python-scripts", *rest):
            return Path("bin", *rest)
    return path


def installed(prefix: Path) -> frozenset[str]:
    """Tell what a prefix holds: ``<name>-<version>-<build>`` of each package."""
    return frozenset(path.stem for path in (prefix / "conda-meta").glob("*.json"))


def _identifier(record: rattler.RepoDataRecord) -> str:
    return f"{record.name.normalized}-{record.version}-{record.build}"


class _Reporter(rattler.InstallerReporter):
    """Passes on the names of packages as they are linked."""

    def __init__(self, on_package: Callable[[str], None]) -> None:
        self._on_package = on_package

    def on_link_start(self, operation: int, package_name: str) -> int:
        self._on_package(package_name)
        return operation


def _spec(text: str) -> rattler.MatchSpec:
    try:
        return rattler.MatchSpec(text, strict=False)
    except (exceptions.InvalidMatchSpecError, ValueError) as error:
        raise WrongInputError(f"{text!r} isn't a match spec: {error}", hint='for example "numpy >=2,<3"') from error


def _explained(error: Exception, channels: Sequence[str], specs: Sequence[str]) -> OwncondaError:
    if not isinstance(error, exceptions.SolverError):
        return unreadable(error, channels)
    return NoError(
        f"no set of packages satisfies {', '.join(specs)}:\n{sentence(error)}",
        where=Where(file=", ".join(channels)),
        hint="`ownconda channel show` lists what a channel has",
    )
