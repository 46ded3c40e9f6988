"""One recipe rendered in both formats, for some platforms and with the same variants, and compared."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.conda.subdirs import current_subdir
from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.converting.comparison import differences
from ownconda.recipes.converting.evaluation import with_scripts_evaluated
from ownconda.recipes.folders import RECIPE_FILE
from ownconda.recipes.rendering import Rendered, Rendering, folders_of_variants
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v0.variant_files import FILES, variant_config
from ownconda.recipes.v0.variants import defaults
from ownconda.recipes.v1 import render_v1


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRecipe:
    """A ``meta.yaml``, and with which variants it is rendered."""

    file: Path
    rendering: Rendering

    def rendered(self, platform: str) -> list[Rendered]:
        """Render it for a platform. Raises WrongInputError when that isn't possible."""
        return render_v0(self.file, replace(self.rendering, target_platform=platform))

    def variants(self, platform: str) -> Mapping[str, Sequence[str]]:
        """Give the values of all keys, whether it uses them or not."""
        return self._config(platform, self.rendering.variants)

    def presupposed(self, platform: str) -> Mapping[str, str]:
        """Give the values that conda-build has where no file says anything."""
        said = self._config(platform, {})
        return {
            key: values[0]
            for key, values in defaults(platform).values.items()
            if said.get(key) == values and key != "target_platform"
        }

    def _config(self, platform: str, given: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        files, here = self.rendering.variant_files, current_subdir()
        config = variant_config(self.file, files=files, given=given, target_platform=platform, build_platform=here)
        return config.values


def compared(recipe: OldRecipe, text: str, platform: str, old: Sequence[Rendered]) -> Iterator[str]:
    """Say how what the new recipe's text renders to differs from what the old one rendered to."""
    try:
        new = _new(recipe, text, platform)
    except WrongInputError as error:
        yield f"{platform}: v1 doesn't render: {'; '.join(_told(problem) for problem in error.problems)}"
        return
    evaluated = [with_scripts_evaluated(one, text, platform=platform) for one in new]
    yield from differences(old, evaluated, platform=platform, variants=recipe.variants(platform))


def _new(recipe: OldRecipe, text: str, platform: str) -> list[Rendered]:
    """Render the new recipe as if it stood beside the old one, with the values that conda-build presupposes."""
    how = recipe.rendering
    values = {key: (value,) for key, value in recipe.presupposed(platform).items()} | dict(how.variants)
    files = tuple(dict.fromkeys([*_variant_files(recipe.file), *how.variant_files]))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "recipes" / "converted" / RECIPE_FILE
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")
        return render_v1(place, replace(how, target_platform=platform, variant_files=files, variants=values))


def _variant_files(recipe: Path) -> Iterator[Path]:
    for folder in folders_of_variants(recipe):
        yield from [folder / name for name in FILES if (folder / name).is_file()][:1]


def _told(problem: Problem) -> str:
    place = f"line {problem.where.line}: " if problem.where and problem.where.line else ""
    return f"{place}{problem.what}"
