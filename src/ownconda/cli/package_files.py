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
    # a Path that is asked for what can't be reached raises an error in some Pythons
    if os.path.isfile(place):  # noqa: PTH113
        return [place]
    return sorted(path for path in place.rglob("*") if path.name.endswith(EXTENSIONS) and os.path.isfile(path))  # noqa: PTH113


def _without_package(place: Path) -> Problem:
    is_folder = os.path.isdir(place)  # noqa: PTH112
    what = "there is no package in this folder" if is_folder else "there is no such file"
    return Problem(what=what, where=Where(file=place))
