"""What people give, read: folders of recipes, projects, package files, channels."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ownconda.conda.gateway import listed_packages
from ownconda.conda.package_files import read_package_with
from ownconda.conda.run_exports import Exports, run_exports
from ownconda.dependencies.from_channels import package_in_channel
from ownconda.dependencies.from_files import needs_to_run, package_in_file
from ownconda.dependencies.from_recipes import package_of
from ownconda.dependencies.given import Given
from ownconda.dependencies.packaged_recipes import FILES, recorded_needs
from ownconda.dependencies.packages import Package
from ownconda.errors import OutsideError, Problem, WrongInputError
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.requirements_graph import unreadable_requirements

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read, and what couldn't be known.

    ``problems`` are those of recipes and files that aren't among the packages, and of requirements that can't be read.
    ``without_recipe`` are package files of which only the requirements to run are known, ``without_exports`` are the
    addresses of subdirs whose packages' run exports aren't, each with the reason.
    """

    packages: Sequence[Package]
    problems: tuple[Problem, ...]
    without_recipe: Mapping[str, str]
    without_exports: Mapping[str, str]


def read(given: Given, rendering: Rendering, *, cache: Path | None = None) -> Found:
    """Read all of it, for the subdir that is rendered for; what recipes come to is remembered in the folder ``cache``.

    A package that is given twice (a recipe and its file, two channels that have it) counts once, as it comes first.
    Run exports of channels are read where there is a recipe that could take them up. Raises WrongInputError when a path
    isn't there, OutsideError when a channel can't be read.
    """
    made = read_many(find_recipes(given.recipes), rendering, cache=cache).made()
    builds = [build for one in made for build in one.builds]
    problems = [problem for one in made for problem in one.problems]
    problems += [problem for build in builds for problem in unreadable_requirements(build)]
    files = [found for file in given.files if (found := _tried(partial(_in_file, file), problems))]
    without_exports: dict[str, str] = {}
    packages = [
        *(package_of(build) for build in builds),
        *(package for package, _ in files),
        *_in_channels(given.channels, rendering.target_platform, without_exports if builds else None),
    ]
    return Found(
        packages=_with_standing(_once(packages)),
        problems=tuple(dict.fromkeys(problems)),
        without_recipe={package.place: reason for package, reason in files if reason},
        without_exports=without_exports,
    )


def _in_file(file: Path) -> tuple[Package, str]:
    """Read a package file, and tell why its rendered recipe can't be, if that is so."""
    record, recipes = read_package_with(file, FILES)
    try:
        needs, reason = recorded_needs(recipes, record), ""
    except WrongInputError as error:
        needs, reason = needs_to_run(record), error.problems[0].what
    return package_in_file(record, needs, file=str(file)), reason


def _in_channels(channels: Sequence[str], subdir: str | None, lacking: dict[str, str] | None) -> Iterator[Package]:
    """Read channels; their run exports as well unless there is no place to tell where they are ``lacking``."""
    for channel in channels:
        listed = listed_packages([channel], subdir=subdir)
        subdirs = dict.fromkeys(one.subdir for one in listed)
        exports = {} if lacking is None else {one: _exports(channel, one, lacking) for one in subdirs}
        name = _without_credentials(channel)
        for one in listed:
            exported = exports.get(one.subdir, {}).get(one.file_name, {})
            yield package_in_channel(one, channel=name, run_exports=exported)


def _exports(channel: str, subdir: str, lacking: dict[str, str]) -> Mapping[str, Exports]:
    place = f"{_without_credentials(channel).rstrip('/')}/{subdir}"
    try:
        found = run_exports(channel, subdir)
    except OutsideError as error:
        lacking[place] = error.problems[0].what
        return {}
    if found is None:
        lacking[place] = "there is no run_exports.json"
    return found or {}


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
