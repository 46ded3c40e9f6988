"""A ``meta.yaml`` on disk converted, both rendered and compared, and the new one written where that is wanted."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import rattler_build

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.both_renderings import OldRecipe, compared
from ownconda.recipes.converting.recipe import Converted, convert
from ownconda.recipes.converting.windows_script import copy_script, remove, remove_script, script_problems
from ownconda.recipes.folders import CONDA_BUILD_FILE, RECIPE_FILE
from ownconda.recipes.reading import read_text
from ownconda.recipes.rendering import Rendering
from ownconda.wires.files import write_atomically

PLATFORMS = ("linux-64", "osx-arm64", "win-64")
"""The subdirs for which both recipes are rendered where nothing else is said."""

_NOT_A_VARIANT = frozenset({"target_platform", "cran_mirror", "cpu_optimization_target"})
_LANGUAGES = frozenset({"python", "perl", "r_base", "numpy", "lua"})  # whoever builds with them has chosen a version


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A recipe converted: its text, what has to be told, and how the packages would differ."""

    recipe: Path
    text: str
    problems: tuple[Problem, ...] = ()
    differences: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()

    @property
    def target(self) -> Path:
        """Where the new recipe belongs: beside the old one."""
        return self.recipe.parent / RECIPE_FILE


def plan_conversion(
    recipe: Path, rendering: Rendering, *, platforms: Sequence[str] = PLATFORMS, force: bool = False
) -> Conversion:
    """Convert a recipe and render both; nothing is written.

    Raises WrongInputError when it can't be converted, doesn't render as it is, or has been converted already; with
    ``force`` it may be converted again.
    """
    _check(recipe, force=force)
    written = read_text(recipe)
    old = OldRecipe(file=recipe, rendering=rendering)
    rendered = {platform: old.rendered(platform) for platform in platforms}
    converted = _converted(recipe, written, _known_keys(old, platforms))
    found = [told for platform in platforms for told in compared(old, converted.text, platform, rendered[platform])]
    return Conversion(
        recipe=recipe,
        text=converted.text,
        problems=(*converted.problems, *_needed_variants(old, converted), *script_problems(recipe)),
        differences=tuple(found),
        platforms=tuple(platforms),
    )


def carry_out(conversion: Conversion, *, remove_old: bool) -> list[Path]:
    """Write the new recipe, and remove the old one if that is wanted. Gives the files that were written.

    Raises OutsideError when the disk refuses.
    """
    mode = conversion.recipe.stat().st_mode & 0o777
    write_atomically(conversion.target, conversion.text.encode(), mode=mode)
    written = [conversion.target, *copy_script(conversion.recipe.parent)]
    if remove_old:
        remove(conversion.recipe)
        remove_script(conversion.recipe.parent)
    return written


@lru_cache(maxsize=1_024)
def is_listed_licence(text: str) -> bool:
    """Ask rattler-build whether a text is an SPDX expression of licences that are listed."""
    recipe = f"package: {{name: a, version: '1'}}\nabout: {{license: '{text.replace(chr(39), chr(39) * 2)}'}}\n"
    try:
        with tempfile.TemporaryDirectory() as folder:  # it writes the recipe there
            rattler_build.Stage0Recipe.from_yaml(recipe, recipe_dir=folder)
    except rattler_build.RattlerBuildError:
        return False
    return True


def _check(recipe: Path, *, force: bool) -> None:
    if recipe.name != CONDA_BUILD_FILE:
        raise WrongInputError(
            "is no meta.yaml", where=Where(file=recipe), hint="only conda-build's recipes are converted"
        )
    if not recipe.is_file():
        raise WrongInputError("isn't there", where=Where(file=recipe), hint="only conda-build's recipes are converted")
    if not force and (recipe.parent / RECIPE_FILE).exists():
        raise WrongInputError(f"has a {RECIPE_FILE} beside it", where=Where(file=recipe), hint="--force writes over it")


def _converted(recipe: Path, written: str, known: frozenset[str]) -> Converted:
    try:
        return convert(
            written,
            where=Where(file=recipe),
            variants=known,
            files=frozenset(one.name for one in recipe.parent.iterdir()),
            is_listed_licence=is_listed_licence,
        )
    except RecursionError as error:
        raise WrongInputError(
            "has an expression or a list that is nested too deeply", where=Where(file=recipe)
        ) from error


def _known_keys(old: OldRecipe, platforms: Sequence[str]) -> frozenset[str]:
    return frozenset(key for platform in platforms for key in old.variants(platform)) - _NOT_A_VARIANT


def _needed_variants(old: OldRecipe, converted: Converted) -> Iterator[Problem]:
    presupposed = old.presupposed(PLATFORMS[0])
    asked = converted.names | ({"c_stdlib"} if "stdlib" in converted.names else set())
    needed = sorted((asked & presupposed.keys()) - old.rendering.variants.keys() - _LANGUAGES)
    if needed:
        values = ", ".join(f"{name} ({presupposed[name]} until now)" for name in needed)
        yield Problem(what=f"v1 needs a value in a variants file for {values}", where=Where(file=old.file))
