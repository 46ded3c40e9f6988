"""A ``meta.yaml`` on disk converted, both rendered, and the new one written where they are the same."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import rattler_build

from ownconda.conda.subdirs import current_subdir
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.comparison import differences
from ownconda.recipes.converting.evaluation import with_scripts_evaluated
from ownconda.recipes.converting.recipe import Converted, convert
from ownconda.recipes.folders import CONDA_BUILD_FILE, RECIPE_FILE
from ownconda.recipes.reading import read_text
from ownconda.recipes.rendering import Rendered, Rendering, folders_of_variants
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v0.variant_files import FILES, variant_config
from ownconda.recipes.v0.variants import defaults
from ownconda.recipes.v1 import render_v1
from ownconda.wires.files import write_atomically

PLATFORMS = ("linux-64", "osx-arm64", "win-64")
"""The subdirs for which both recipes are rendered where nothing else is said."""

_WINDOWS_SCRIPT, _NEW_WINDOWS_SCRIPT = "bld.bat", "build.bat"


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
    if recipe.name != CONDA_BUILD_FILE:
        raise WrongInputError(
            "is no meta.yaml", where=Where(file=recipe), hint="only conda-build's recipes are converted"
        )
    if not recipe.is_file():
        raise WrongInputError("isn't there", where=Where(file=recipe), hint="only conda-build's recipes are converted")
    if not force and (recipe.parent / RECIPE_FILE).exists():
        raise WrongInputError(f"has a {RECIPE_FILE} beside it", where=Where(file=recipe), hint="--force writes over it")
    written = read_text(recipe)
    old = {one: _old(recipe, rendering, one) for one in platforms}
    known = _known_keys(recipe, rendering, platforms)
    converted = _converted(recipe, written, known)
    found = [told for one in platforms for told in _differences(recipe, converted, rendering, one, old[one])]
    return Conversion(
        recipe=recipe,
        text=converted.text,
        problems=(*converted.problems, *_needed_variants(recipe, converted, rendering), *_script_problems(recipe)),
        differences=tuple(found),
        platforms=tuple(platforms),
    )


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
        raise WrongInputError("has an expression or a list that is nested too deeply", where=Where(file=recipe)) from error


def carry_out(conversion: Conversion, *, remove: bool) -> list[Path]:
    """Write the new recipe; ``remove`` the old one. Gives the files that were written."""
    folder = conversion.recipe.parent
    mode = conversion.recipe.stat().st_mode & 0o777
    write_atomically(conversion.target, conversion.text.encode(), mode=mode)
    written = [conversion.target]
    script, new_script = folder / _WINDOWS_SCRIPT, folder / _NEW_WINDOWS_SCRIPT
    if script.is_file() and not new_script.exists():
        write_atomically(new_script, script.read_bytes(), mode=script.stat().st_mode & 0o777)
        written.append(new_script)
    if remove:
        conversion.recipe.unlink()
        script.unlink(missing_ok=True)
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


def _old(recipe: Path, rendering: Rendering, platform: str) -> list[Rendered]:
    return render_v0(recipe, replace(rendering, target_platform=platform))


def _differences(
    recipe: Path, converted: Converted, rendering: Rendering, platform: str, old: Sequence[Rendered]
) -> Iterator[str]:
    try:
        new = _new(recipe, converted.text, replace(rendering, target_platform=platform))
    except WrongInputError as error:
        yield f"{platform}: v1 doesn't render: {'; '.join(_told(problem) for problem in error.problems)}"
        return
    evaluated = [with_scripts_evaluated(one, converted.text, platform=platform) for one in new]
    yield from differences(old, evaluated, platform=platform, variants=_values(recipe, rendering, platform))


def _told(problem: Problem) -> str:
    place = f"line {problem.where.line}: " if problem.where and problem.where.line else ""
    return f"{place}{problem.what}"


def _new(recipe: Path, text: str, rendering: Rendering) -> list[Rendered]:
    """Render the new recipe as if it stood beside the old one, with the values that conda-build presupposes."""
    beside = (
        next((folder / name for name in FILES if (folder / name).is_file()), None)
        for folder in folders_of_variants(recipe)
    )
    files = tuple(dict.fromkeys([*(file for file in beside if file), *rendering.variant_files]))
    presupposed = _presupposed(recipe, rendering, rendering.target_platform or current_subdir())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "recipes" / "converted" / RECIPE_FILE
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")
        variants = {key: (value,) for key, value in presupposed.items()} | dict(rendering.variants)
        return render_v1(place, replace(rendering, variant_files=files, variants=variants))


def _presupposed(recipe: Path, rendering: Rendering, platform: str) -> Mapping[str, str]:
    """Give the values that conda-build has where no file says anything."""
    config = variant_config(
        recipe, files=rendering.variant_files, given={}, target_platform=platform, build_platform=current_subdir()
    )
    return {
        key: values[0]
        for key, values in defaults(platform).values.items()
        if config.values.get(key) == values and key != "target_platform"
    }


def _values(recipe: Path, rendering: Rendering, platform: str) -> Mapping[str, Sequence[str]]:
    return variant_config(
        recipe,
        files=rendering.variant_files,
        given=rendering.variants,
        target_platform=platform,
        build_platform=current_subdir(),
    ).values


def _known_keys(recipe: Path, rendering: Rendering, platforms: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for platform in platforms:
        found.update(_values(recipe, rendering, platform))
    return frozenset(found - {"target_platform", "cran_mirror", "cpu_optimization_target"})


def _needed_variants(recipe: Path, converted: Converted, rendering: Rendering) -> Iterator[Problem]:
    presupposed = {**_presupposed(recipe, rendering, PLATFORMS[0])}
    needed = {name for name in converted.names if name in presupposed and name not in rendering.variants}
    needed |= {"c_stdlib"} if "stdlib" in converted.names and "c_stdlib" in presupposed else set()
    needed -= {"python", "perl", "r_base", "numpy", "lua"}
    if needed:
        values = ", ".join(f"{name} ({presupposed[name]} until now)" for name in sorted(needed))
        yield Problem(what=f"v1 needs a value in a variants file for {values}", where=Where(file=recipe))


def _script_problems(recipe: Path) -> Iterator[Problem]:
    folder = recipe.parent
    if (folder / _WINDOWS_SCRIPT).is_file() and not (folder / _NEW_WINDOWS_SCRIPT).exists():
        yield Problem(
            what=f"{_WINDOWS_SCRIPT} is called {_NEW_WINDOWS_SCRIPT} in v1, and is copied", where=Where(file=recipe)
        )
