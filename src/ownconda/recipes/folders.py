"""Recipes found in folders, and all of them rendered, with every fault told at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.rendering import Rendered, Rendering, render

RECIPE_FILE = "recipe.yaml"
CONDA_BUILD_FILE = "meta.yaml"
RECIPE_FILES = (RECIPE_FILE, CONDA_BUILD_FILE)
"""What a recipe's file may be called; where both stand in one folder, the first one counts."""

_INNER = ("conda", "recipe")  # where a project and a feedstock have their recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one recipe: what it renders to, or why it can't be rendered."""

    recipe: Path
    rendered: tuple[Rendered, ...] = ()
    error: WrongInputError | None = None


def find_recipes(paths: Iterable[Path]) -> list[Path]:
    """Find the recipe files that ``paths`` mean: a file, a recipe's folder, a project, or a folder of any of them.

    Raises WrongInputError for a path that isn't there or holds no recipe.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for path in paths:
        recipes = _recipes_below(path)
        if not recipes:
            what = "holds no recipe.yaml or meta.yaml" if path.exists() else "isn't there"
            problems.append(Problem(what=what, where=Where(file=path), hint="give a recipe, or a folder of recipes"))
        found.update(dict.fromkeys(recipes))
    if problems:
        raise WrongInputError.of(problems)
    return list(found)


def render_all(recipes: Sequence[Path], rendering: Rendering) -> list[Rendered]:
    """Render every recipe, in either format.

    Raises WrongInputError with everything that is wrong in any of them.
    """
    outcomes = list(render_each(recipes, rendering))
    problems = [problem for outcome in outcomes if outcome.error for problem in outcome.error.problems]
    if problems:
        raise WrongInputError.of(problems)
    return [one for outcome in outcomes for one in outcome.rendered]


def render_each(recipes: Iterable[Path], rendering: Rendering) -> Iterator[Outcome]:
    """Render one recipe after the other; one that can't be rendered keeps none of the others from it."""
    for recipe in recipes:
        try:
            yield Outcome(recipe=recipe, rendered=tuple(_rendered(recipe, rendering)))
        except WrongInputError as error:
            yield Outcome(recipe=recipe, error=error)


def _rendered(recipe: Path, rendering: Rendering) -> list[Rendered]:
    if recipe.name != CONDA_BUILD_FILE:
        return render(recipe, rendering)
    from ownconda.recipes.v0.rendering import render_v0  # noqa: PLC0415  (Jinja is loaded when a recipe needs it)

    return render_v0(recipe, rendering)


def _recipes_below(path: Path) -> list[Path]:
    path = path.resolve()
    if path.is_file():
        return [path] if path.name in RECIPE_FILES else []
    direct = _recipe_in(path)
    if direct:
        return [direct]
    return sorted(found for folder in _folders_in(path) for found in _recipes_of(folder))


def _recipes_of(folder: Path) -> Iterator[Path]:
    """Give the recipe of one folder among many, and those of the versions that stand below it."""
    inner = [folder, *(folder / name for name in _INNER)]
    found = next((recipe for one in inner if (recipe := _recipe_in(one))), None)
    if found:
        yield found
    for version in _folders_in(folder):
        if version.name[0].isdecimal() and (recipe := _recipe_in(version)):
            yield recipe


def _recipe_in(folder: Path) -> Path | None:
    return next((folder / name for name in RECIPE_FILES if (folder / name).is_file()), None)


def _folders_in(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
