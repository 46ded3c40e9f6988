"""Recipes found in folders, and all of them rendered, with every fault told at once."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.rendering import Rendered, Rendering, render

RECIPE_FILE = "recipe.yaml"


def find_recipes(paths: Iterable[Path]) -> list[Path]:
    """Find the recipe files that ``paths`` mean: a file, a recipe's folder, a project, or a folder of any of them.

    Raises WrongInputError for a path that isn't there or holds no recipe.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for path in paths:
        recipes = _recipes_below(path)
        if not recipes:
            what = "holds no recipe.yaml" if path.exists() else "isn't there"
            problems.append(Problem(what=what, where=Where(file=path), hint="give a recipe, or a folder of recipes"))
        found.update(dict.fromkeys(recipes))
    if problems:
        raise WrongInputError.of(problems)
    return list(found)


def render_all(recipes: Sequence[Path], rendering: Rendering) -> list[Rendered]:
    """Render every recipe.

    Raises WrongInputError with everything that is wrong in any of them.
    """
    rendered: list[Rendered] = []
    problems: list[Problem] = []
    for recipe in recipes:
        try:
            rendered.extend(render(recipe, rendering))
        except WrongInputError as error:
            problems.extend(error.problems)
    if problems:
        raise WrongInputError.of(problems)
    _check_unique(rendered)
    return rendered


def _recipes_below(path: Path) -> list[Path]:
    path = path.resolve()
    if path.is_file():
        return [path] if path.name == RECIPE_FILE else []
    here = [path / RECIPE_FILE, path / "conda" / RECIPE_FILE]
    direct = [file for file in here if file.is_file()]
    return direct or sorted([*path.glob(f"*/{RECIPE_FILE}"), *path.glob(f"*/conda/{RECIPE_FILE}")])


def _check_unique(rendered: Sequence[Rendered]) -> None:
    makers: dict[str, Build] = {}
    problems: list[Problem] = []
    for build in (one.build for one in rendered):
        other = makers.setdefault(build.path, build)
        if other is not build:
            problems.append(
                Problem(
                    what=f"makes {build.file_name}, and so does {other.recipe}",
                    where=Where(file=build.recipe),
                    hint="give one of them another name, version or build number",
                )
            )
    if problems:
        raise WrongInputError.of(problems)
