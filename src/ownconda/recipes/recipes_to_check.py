"""Recipes read for the rules: their text, what they render to, the files beside them, their past."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from ownconda.errors import WrongInputError
from ownconda.git.changes import Changes
from ownconda.recipes.checked import Change, CheckedRecipe, Known, RenderedRecipe
from ownconda.recipes.checks.schema import unknown_keys
from ownconda.recipes.common_words import checked_output
from ownconda.recipes.editing import form_of
from ownconda.recipes.folders import Outcome
from ownconda.recipes.reading import read_text
from ownconda.recipes.trying import Render, trial
from ownconda.recipes.updated_since import updated_by
from ownconda.recipes.without_keys import text_without
from ownconda.recipes.written import read_written

_DEEPEST, _MOST = 3, 5_000


def rendered_recipe(outcome: Outcome) -> RenderedRecipe:
    """Take from what came of a recipe what rules ask for."""
    return RenderedRecipe(
        file=outcome.recipe,
        outputs=tuple(checked_output(one) for one in outcome.rendered),
        error=outcome.error.problems if outcome.error else (),
    )


def despite_unknown_keys(recipe: RenderedRecipe, render: Render) -> RenderedRecipe:
    """Render a recipe that has keys which its format doesn't know without those, so that all else is found as well.

    Its error stays; one that still can't be rendered stays as it is.
    """
    checked = to_check(recipe)
    unknown = list(unknown_keys(checked, Known()))
    if not recipe.error or not unknown or checked.is_v0:
        return recipe
    try:
        text = text_without(checked.written.text, [fault.where.field or "" for fault in unknown])
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        return recipe  # a template that isn't YAML, a key with a dot in it
    with trial(recipe.file, render) as rendered_from:
        outputs = [checked_output(one) for one in rendered_from(text) or ()]
    return replace(recipe, outputs=tuple(replace(one, build=replace(one.build, recipe=recipe.file)) for one in outputs))


def to_check(rendered: RenderedRecipe) -> CheckedRecipe:
    """Read what else rules look at: the text, and the names of the files beside it."""
    written = read_written(_text(rendered.file), form_of(rendered.file))
    beside = frozenset(_files(rendered.file.parent)) - {rendered.file.name}
    return CheckedRecipe(rendered=rendered, written=written, beside=beside)


def changed_recipes(recipes: Iterable[RenderedRecipe], changes: Changes) -> Mapping[Path, Change]:
    """Find the recipes whose package would differ from an earlier revision's, and their text then; new ones aren't."""
    builds = [output.build for recipe in recipes for output in recipe.outputs]
    reasons = {one.build.recipe: one.reason for one in updated_by(builds, changes)}
    before = {recipe: changes.content_before(recipe) for recipe in reasons}
    return {recipe: Change(reason=reasons[recipe], before=text) for recipe, text in before.items() if text is not None}


def _text(recipe: Path) -> str:
    """Give the text with the line breaks that it has; nothing where it is no text of a recipe."""
    try:
        read_text(recipe)
        return recipe.read_bytes().decode()
    except WrongInputError:
        return ""


def _files(folder: Path) -> Iterator[str]:
    """Give the files below a folder as its recipe would name them, as far as a recipe's files go."""
    count = 0
    for root, folders, names in os.walk(folder):
        inner = Path(root).relative_to(folder)
        if len(inner.parts) >= _DEEPEST:
            folders.clear()
        for name in names:
            count += 1
            if count > _MOST:
                return
            yield (inner / name).as_posix()
