"""The locks of packages: read from what the builder made, and from what a package or the file beside it says."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ownconda.conda.locks import Lock, LockedEnvironment, locked_package, read_lock
from ownconda.conda.package_files import read_member
from ownconda.errors import NoError, Where
from ownconda.recipes.text import load
from ownconda.wires.addresses import without_credentials

LOCK = "info/ownconda.lock"
SUFFIX = ".lock"
RENDERED = "info/recipe/rendered_recipe.yaml"
_SECTIONS = {"build": "build_platform", "host": "host_platform"}
_TOP = "top-"
"""How the environments begin in which the build at the top of a conda-build recipe took place."""


def solved(package: Path) -> Lock:
    """Read from a package, as the builder left it, what was in its build and host environments."""
    content = read_member(package, RENDERED)
    rendered = load(content.decode()) if content else None
    if not isinstance(rendered, Mapping):
        return Lock()
    try:
        return Lock(environments=tuple(_environment(name, rendered) for name in _SECTIONS))
    except KeyError as error:
        raise NoError(f"{package.name} doesn't say what was in its environments: {error} is missing") from error


def of_top(lock: Lock) -> Lock:
    """Give the lock of a build at the top of a recipe the names that it has in that of an output."""
    return Lock(environments=tuple(replace(one, name=f"{_TOP}{one.name}") for one in lock.environments))


def check_solved(found: Lock, wanted: Lock) -> None:
    """Check that environments hold exactly what a lock says.

    Raises NoError with each package that doesn't fit.
    """
    locked = {one.name: one.checksums for one in wanted.environments}
    differing = [
        f"{one.name}: {path}"
        for one in found.environments
        for path in sorted(dict(one.checksums.items() ^ locked.get(one.name, {}).items()))
    ]
    if differing:
        raise NoError(
            f"the environments aren't those of the lock: {', '.join(differing)}",
            hint="the requirements of the recipe have changed since: build without --locked",
        )


def lock_beside(package: Path) -> Path:
    """Tell where the lock of a package stands in a channel on disk."""
    return package.with_name(f"{package.name.removesuffix('.conda')}{SUFFIX}")


def known_lock(package: Path) -> Lock | None:
    """Read the lock beside a package or, without one, that inside it; None when there is neither.

    Raises WrongInputError when it can't be read.
    """
    beside = lock_beside(package)
    if beside.is_file():
        return read_lock(beside.read_text(encoding="utf-8"), where=Where(file=beside))
    return lock_inside(package) if package.is_file() else None


def lock_inside(package: Path) -> Lock | None:
    """Read the lock inside a package; None when it has none. Raises WrongInputError when it can't be read."""
    content = read_member(package, LOCK)
    return None if content is None else read_lock(content.decode(), where=Where(file=package, field=LOCK))


def _environment(name: str, rendered: Mapping[str, Any]) -> LockedEnvironment:
    configuration = rendered["build_configuration"]
    section = (rendered.get("finalized_dependencies") or {}).get(name) or {}
    packages = (
        locked_package(
            without_credentials(record["url"]),
            {key: value for key, value in record.items() if key not in {"fn", "url", "channel"}},
        )
        for record in section.get("resolved") or ()
    )
    return LockedEnvironment(
        name=name,
        platform=configuration[_SECTIONS[name]]["platform"],
        channels=tuple(
            dict.fromkeys(without_credentials(channel).rstrip("/") for channel in configuration["channels"])
        ),
        packages=tuple(sorted(packages, key=lambda one: one.path)),
    )
