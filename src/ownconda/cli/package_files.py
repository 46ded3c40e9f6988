"""The package files that commands are given: by themselves, or in folders."""

import os
from collections.abc import Iterable
from pathlib import Path

from ownconda.conda.names import EXTENSIONS
from ownconda.errors import Problem, Where, WrongInputError


def found_packages(places: Iterable[Path]) -> list[Path]:
    """List the package files that are meant, in the order of the places.

    Raises WrongInputError for a place that isn't there, or a folder without any package.
    """
    files: dict[Path, None] = {}
    problems: list[Problem] = []
    for place in places:
        found = _packages_at(place)
        if not found:
            problems.append(_without_package(place))
        files.update(dict.fromkeys(found))
    if problems:
        raise WrongInputError.of(problems)
    return list(files)


def _packages_at(place: Path) -> list[Path]:
    if _is_file(place):
        return [place]
    inside = place.rglob("*") if _is_folder(place) else ()
    return sorted(path for path in inside if path.name.endswith(EXTENSIONS) and _is_file(path))


def _without_package(place: Path) -> Problem:
    what = "there is no package in this folder" if _is_folder(place) else "there is no such file"
    return Problem(what=what, where=Where(file=place))


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  (a Path's own raises an error for what can't be reached, in some Pythons)


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (likewise)
