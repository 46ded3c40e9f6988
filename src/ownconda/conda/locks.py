"""Locks: the exact packages of environments, written as rattler-lock files (version 6, what pixi.lock is)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from ownconda.errors import Where, WrongInputError

VERSION = 6
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One package of a lock: where it was taken from, and its record as the channel had it, as compact JSON."""

    url: str
    json: str = field(repr=False)

    @property
    def fields(self) -> dict[str, Any]:
        """The record's fields."""
        return dict(json.loads(self.json))

    @property
    def file_name(self) -> str:
        """The package file."""
        return self.url.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Where it stands in a channel: ``<subdir>/<file name>``."""
        return f"{self.fields['subdir']}/{self.file_name}"

    @property
    def sha256(self) -> str:
        """The file's checksum."""
        return str(self.fields["sha256"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedEnvironment:
    """What was in one environment: its name, its platform, the channels that were asked, its packages by path."""

    name: str
    platform: str
    channels: tuple[str, ...]
    packages: tuple[LockedPackage, ...]

    @property
    def checksums(self) -> dict[str, str]:
        """Each package's sha256, by path."""
        return {package.path: package.sha256 for package in self.packages}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The environments in which something was built."""

    environments: tuple[LockedEnvironment, ...] = ()

    @property
    def packages(self) -> tuple[LockedPackage, ...]:
        """Every package of any environment, once."""
        found = {package.path: package for one in self.environments for package in one.packages}
        return tuple(found[path] for path in sorted(found))

    @property
    def checksums(self) -> dict[str, str]:
        """Each package's sha256, by path."""
        return {package.path: package.sha256 for package in self.packages}

    def __add__(self, other: "Lock") -> "Lock":
        return Lock(environments=self.environments + other.environments)

    def only(self, names: Iterable[str]) -> "Lock":
        """Keep the environments of these names."""
        wanted = set(names)
        return Lock(environments=tuple(one for one in self.environments if one.name in wanted))

    def from_channel(self, channel: str) -> "Lock":
        """Let every package come from one channel, whatever that stands for."""
        return Lock(environments=tuple(_from_channel(one, channel) for one in self.environments))


def locked_package(url: str, fields: Mapping[str, Any]) -> LockedPackage:
    """Make a locked package of its address and its record.

    Raises KeyError when the record has no checksum or doesn't say what it is.
    """
    for key in ("name", "version", "build", "subdir", "sha256"):
        fields[key]
    return LockedPackage(url=url, json=json.dumps(fields, sort_keys=True, separators=(",", ":")))


def lock_text(lock: Lock) -> str:
    """Write a lock as a rattler-lock file; the same lock gives the same text."""
    packages = {package.url: package.fields for one in lock.environments for package in one.packages}
    content = {
        "version": VERSION,
        "environments": {one.name: _written(one) for one in lock.environments},
        "packages": [{"conda": url, **packages[url]} for url in sorted(packages)],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)


def read_lock(text: str, *, where: Where) -> Lock:
    """Read back what `lock_text` wrote.

    Raises WrongInputError at ``where`` when it is no such file.
    """
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader)
        _check_version(content["version"])
        packages = {entry["conda"]: _package(entry) for entry in content["packages"]}
        environments = content["environments"].items()
        return Lock(environments=tuple(_read(name, one, packages) for name, one in environments))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise WrongInputError(
            f"it isn't a lock file as ownconda writes it: {error}",
            where=where,
            hint="build without --locked to write it anew",
        ) from error


def _from_channel(environment: LockedEnvironment, channel: str) -> LockedEnvironment:
    packages = tuple(replace(one, url=f"{channel}/{one.path}") for one in environment.packages)
    return replace(environment, channels=(channel,), packages=packages)


def _check_version(version: object) -> None:
    if version != VERSION:
        raise ValueError(f"it is of version {version}, not {VERSION}")


def _written(environment: LockedEnvironment) -> dict[str, Any]:
    return {
        "channels": [{"url": f"{channel.rstrip('/')}/"} for channel in environment.channels],
        "packages": {environment.platform: [{"conda": package.url} for package in environment.packages]},
    }


def _package(entry: Mapping[str, Any]) -> LockedPackage:
    return locked_package(entry["conda"], {key: value for key, value in entry.items() if key != "conda"})


def _read(name: str, written: Mapping[str, Any], packages: Mapping[str, LockedPackage]) -> LockedEnvironment:
    platform, listed = _only(written["packages"].items())
    return LockedEnvironment(
        name=name,
        platform=platform,
        channels=tuple(channel["url"].rstrip("/") for channel in written["channels"]),
        packages=tuple(packages[entry["conda"]] for entry in listed),
    )


def _only(items: Iterable[tuple[str, list[Mapping[str, str]]]]) -> tuple[str, list[Mapping[str, str]]]:
    entries: Iterator[tuple[str, list[Mapping[str, str]]]] = iter(items)
    return next(entries)
