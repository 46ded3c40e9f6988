"""The solver and the installer: specs and channels to records, records to a prefix (py-rattler)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rattler
from rattler import exceptions

from ownconda.errors import NoError, OutsideError, OwncondaError, Where, WrongInputError

_READING = (
    exceptions.SolverError,
    exceptions.GatewayError,
    exceptions.FetchRepoDataError,
    exceptions.InvalidChannelError,
    exceptions.InvalidUrlError,
    exceptions.IoError,
)
_INSTALLING = (
    exceptions.InstallerError,
    exceptions.LinkError,
    exceptions.TransactionError,
    exceptions.ExtractError,
    exceptions.IoError,
    OSError,
)
_CONFIG = 'tls-root-certs = "system"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A consistent set of packages for one subdir, in an order in which they can be linked."""

    subdir: str
    names: tuple[str, ...]
    urls: tuple[str, ...]
    specs: tuple[str, ...]
    native: tuple[rattler.RepoDataRecord, ...] = field(repr=False)


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
    platform = rattler.Subdir(subdir) if subdir else rattler.Subdir.current()
    try:
        records = asyncio.run(
            rattler.solve(
                sources=list(channels),
                specs=wanted,
                gateway=rattler.Gateway(client=_client()),
                platforms=[platform, rattler.Subdir("noarch")],
                virtual_packages=rattler.VirtualPackage.detect(),
                add_pip_as_python_dependency=pip_with_python,
            )
        )
    except _READING as error:
        raise _explained(error, channels, specs) from error
    ordered = rattler.PackageRecord.sort_topologically(list(records))
    return Solved(
        subdir=str(platform),
        names=tuple(record.name.normalized for record in ordered),
        urls=tuple(record.url for record in records),
        specs=tuple(specs),
        native=tuple(records),
    )


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
                client=_client(),
                show_progress=False,
                reporter=_Reporter(on_package),  # type: ignore[abstract]  # py-rattler marks it so by empty bodies
                # py-rattler 0.28 hands them on without taking them out of their wrapper
                requested_specs=[_spec(text)._match_spec for text in solved.specs],  # noqa: SLF001
            )
        )
    except _INSTALLING as error:
        raise OutsideError(
            f"couldn't be installed: {_sentence(error)}",
            where=Where(file=prefix),
            hint="run the same command again",
        ) from error
    after = installed(prefix)
    return Installed(added=tuple(sorted(after - before)), removed=tuple(sorted(before - after)))


def installed(prefix: Path) -> frozenset[str]:
    """Tell what a prefix holds: ``<name>-<version>-<build>`` of each package."""
    return frozenset(path.stem for path in (prefix / "conda-meta").glob("*.json"))


class _Reporter(rattler.InstallerReporter):
    """Passes on the names of packages as they are linked."""

    def __init__(self, on_package: Callable[[str], None]) -> None:
        self._on_package = on_package

    def on_link_start(self, operation: int, package_name: str) -> int:
        self._on_package(package_name)
        return operation


def _client() -> rattler.Client:
    return rattler.Client.from_config(rattler.Config.from_toml(_CONFIG))


def _spec(text: str) -> rattler.MatchSpec:
    try:
        return rattler.MatchSpec(text, strict=False)
    except (exceptions.InvalidMatchSpecError, ValueError) as error:
        raise WrongInputError(f"{text!r} isn't a match spec: {error}", hint='for example "numpy >=2,<3"') from error


def _explained(error: Exception, channels: Sequence[str], specs: Sequence[str]) -> OwncondaError:
    if isinstance(error, exceptions.SolverError):
        return NoError(
            f"no set of packages satisfies {', '.join(specs)}:\n{_sentence(error)}",
            where=Where(file=", ".join(channels)),
            hint="`ownconda channel show` lists what a channel has",
        )
    return OutsideError(
        f"the channel can't be read: {_sentence(error)}",
        where=Where(file=", ".join(channels)),
        hint="is the address right, and the forge running?",
    )


def _sentence(error: BaseException) -> str:
    return str(error).strip()
