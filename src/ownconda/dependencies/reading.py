"""What people give, read: folders of recipes, projects, package files, channels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ownconda.conda.gateway import listed_packages
from ownconda.conda.package_files import read_package
from ownconda.dependencies.from_channels import package_in_channel, package_in_file
from ownconda.dependencies.from_recipes import package_of
from ownconda.dependencies.given import Given
from ownconda.dependencies.packages import Package
from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.recipes.rendering import Rendering

_Value = TypeVar("_Value")


def read(given: Given, rendering: Rendering, *, cache: Path | None = None) -> list[Package]:
    """Read all of it, for the subdir that is rendered for; what recipes come to is remembered in the folder ``cache``.

    A package that is given twice (a recipe and its file, two channels that have it) counts once, as it comes first.
    Raises WrongInputError with everything that is wrong with recipes and files, OutsideError when a channel can't be
    read.
    """
    problems: list[Problem] = []
    builds = _tried(lambda: read_many(find_recipes(given.recipes), rendering, cache=cache).builds(), problems) or []
    records = [(file, _tried(partial(read_package, file), problems)) for file in given.files]
    if problems:
        raise WrongInputError.of(problems)
    packages = [
        *(package_of(build) for build in builds),
        *(package_in_file(record, file=str(file)) for file, record in records if record),
        *_in_channels(given.channels, rendering.target_platform),
    ]
    return _with_standing(_once(packages))


def _in_channels(channels: Sequence[str], subdir: str | None) -> list[Package]:
    return [
        package_in_channel(listed, channel=_without_credentials(channel))
        for channel in channels
        for listed in listed_packages([channel], subdir=subdir)
    ]


def _without_credentials(channel: str) -> str:
    if "@" not in channel:
        return channel
    from ownconda.wires.http import redacted  # noqa: PLC0415  (HTTP is loaded where it is needed)

    return redacted(channel)


def _once(packages: Iterable[Package]) -> list[Package]:
    """Leave out of files and channels what came before; recipes are all kept, whatever they make."""
    seen: set[str] = set()
    kept: list[Package] = []
    for package in packages:
        stem = package.path.removesuffix(".conda").removesuffix(".tar.bz2")
        if package.origin == "recipe" or stem not in seen:
            kept.append(package)
        seen.add(stem)
    return kept


def _with_standing(packages: Sequence[Package]) -> list[Package]:
    """Let what files and channels have of a name that an own project makes be one's own as well."""
    own = {package.name for package in packages if package.standing == "own"}
    return [
        replace(package, standing="own") if package.name in own and package.origin != "recipe" else package
        for package in packages
    ]


def _tried(read: Callable[[], _Value], problems: list[Problem]) -> _Value | None:
    try:
        return read()
    except WrongInputError as error:
        problems.extend(error.problems)
        return None
