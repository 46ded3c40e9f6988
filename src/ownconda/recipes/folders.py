"""Recipes found in folders, and all of them rendered, with every fault told at once."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.rendering import Rendered, Rendering

RECIPE_FILE = "recipe.yaml"
CONDA_BUILD_FILE = "meta.yaml"
RECIPE_FILES = (RECIPE_FILE, CONDA_BUILD_FILE)
"""What a recipe's file may be called; where both stand in one folder, the first one counts."""

_Entry = os.DirEntry[str]
_INNER = ("conda", "recipe")  # where a project and a feedstock have their recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one recipe: what it renders to, or why it can't be rendered."""

    recipe: Path
    rendered: tuple[Rendered, ...] = ()
    error: WrongInputError | None = None


def find_recipes(paths: Iterable[Path]) -> list[Path]:
    """Find the recipe files that ``paths`` mean: a file, a recipe's folder, a project, or a folder of any of them.

    Raises WrongInputError for a path that isn't there, can't be read or holds no recipe.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            recipes = _recipes_below(path)
        except OSError as error:
            problems.append(Problem(what=f"can't be read: {error.strerror}", where=Where(file=error.filename or path)))
            continue
        if not recipes:
            problems.append(_without_recipe(path))
        found.update(dict.fromkeys(recipes))
    if problems:
        raise WrongInputError.of(problems)
    return list(found)


def real(path: Path) -> Path:
    """Follow the links of a path; those in circles stay what they are, on which a Path's own ``resolve`` may break."""
    return Path(os.path.realpath(path))


def has_recipes_place(file: Path, root: Path) -> bool:
    """Tell whether a recipe's file stands where `find_recipes` looks for one below ``root``, be it there or not."""
    if file.name not in RECIPE_FILES or not file.is_relative_to(root):
        return False
    match file.parent.relative_to(root).parts:
        case () | (_,):
            return True
        case (_, inner):
            return inner in _INNER or inner[0].isdecimal()
        case _:
            return False


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
    # each is loaded, with the native library or the template engine that it needs, when a recipe asks for it
    if recipe.name == CONDA_BUILD_FILE:
        from ownconda.recipes.v0.rendering import render_v0  # noqa: PLC0415

        return render_v0(recipe, rendering)
    from ownconda.recipes.v1 import render_v1  # noqa: PLC0415

    return render_v1(recipe, rendering)


def _recipes_below(path: Path) -> list[Path]:
    if os.path.isfile(path):  # noqa: PTH113  (asked of a Path, what can't be reached is an error in some Pythons)
        named = real(path.parent) / path.name  # a recipe that is a link belongs to the folder in which it stands
        return [one for one in (named, real(path)) if one.name in RECIPE_FILES][:1]
    inside = _inside(real(path))
    direct = _recipe_among(inside)
    if direct:
        return [Path(direct)]
    found = [recipe for folder in _folders_among(inside) for recipe in _recipes_of(folder)]
    return [Path(recipe) for recipe in sorted(found, key=lambda recipe: recipe.split(os.sep))]  # noqa: PTH206  (text is split faster than a Path)


def _without_recipe(path: Path) -> Problem:
    what = "holds no recipe.yaml or meta.yaml" if os.path.exists(path) else "isn't there"  # noqa: PTH110  (as above)
    return Problem(what=what, where=Where(file=path), hint="give a recipe, or a folder of recipes")


def _recipes_of(folder: _Entry) -> Iterator[str]:
    """Give the recipe of one folder among many, and those of the versions that stand below it."""
    inside = _inside(folder)
    places = (inside, *(_inside(inside[name]) for name in _INNER if name in inside))
    found = next((recipe for place in places if (recipe := _recipe_among(place))), None)
    if found:
        yield found
    for version in _folders_among(inside):
        if version.name[0].isdecimal() and (recipe := _recipe_among(_inside(version))):
            yield recipe


def _inside(folder: Path | _Entry) -> Mapping[str, _Entry]:
    """List what stands in a folder, by name: once, as there may be thousands of folders."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def _recipe_among(inside: Mapping[str, _Entry]) -> str | None:
    return next((inside[name].path for name in RECIPE_FILES if name in inside and _is_file(inside[name])), None)


def _folders_among(inside: Mapping[str, _Entry]) -> list[_Entry]:
    return [entry for entry in inside.values() if _is_folder(entry)]


def _is_file(entry: _Entry) -> bool:
    return entry.is_file(follow_symlinks=False) or (entry.is_symlink() and Path(entry.path).is_file())


def _is_folder(entry: _Entry) -> bool:
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and Path(entry.path).is_dir())
