"""Builds that would become the same package file: refused before anything is compiled."""

from collections.abc import Iterable

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build


def check_file_names(builds: Iterable[Build]) -> None:
    """Let every Build have a file name of its own.

    Raises WrongInputError with each one whose file another recipe, or another variant, makes as well.
    """
    makers: dict[str, Build] = {}
    problems: list[Problem] = []
    for build in builds:
        other = makers.setdefault(build.path, build)
        if other is not build:
            problems.append(
                Problem(
                    what=f"makes {build.file_name}, and so does {other.recipe}",
                    where=Where(file=build.recipe),
                    hint="give one of them another name, version or build number, or build only one of them",
                )
            )
    if problems:
        raise WrongInputError.of(problems)
