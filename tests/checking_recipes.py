"""Recipes written into a folder and checked together, as the command does it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ownconda.policy.policy import Policy
from ownconda.recipes.checked import Change, CheckedRecipe
from ownconda.recipes.checking import Finding, Severities, check, known_of
from ownconda.recipes.checks import Example
from ownconda.recipes.collection import CONTEXT
from ownconda.recipes.editing import Form
from ownconda.recipes.folders import find_recipes, render_all, render_each
from ownconda.recipes.recipes_to_check import despite_unknown_keys, rendered_recipe, to_check
from ownconda.recipes.rendering import Rendered, Rendering

FILES: Mapping[Form, str] = {"v0": "meta.yaml", "v1": "recipe.yaml"}
RENDERING = Rendering(context=CONTEXT, target_platform="linux-64")


def write(folder: Path, text: str, form: Form = "v1") -> Path:
    """Write a recipe into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / FILES[form]
    recipe.write_bytes(text.encode())
    return recipe


def read(root: Path) -> list[CheckedRecipe]:
    """Read all recipes below a folder for the rules."""
    rendered = [rendered_recipe(outcome) for outcome in render_each(find_recipes([root]), RENDERING)]
    return [to_check(despite_unknown_keys(one, render)) for one in rendered]


def render(recipe: Path) -> Sequence[Rendered]:
    """Render one recipe as the others are."""
    return render_all([recipe], RENDERING)


def findings(
    root: Path,
    *,
    policy: Policy | None = None,
    severities: Severities | None = None,
    offered: Collection[str] | None = None,
    changes: Mapping[Path, Change] | None = None,
) -> list[Finding]:
    """Give everything that is found in the recipes below a folder."""
    recipes = read(root)
    known = known_of([one.rendered for one in recipes], policy=policy or Policy(), offered=offered, changes=changes)
    return [one for recipe in recipes for one in check(recipe, known, severities or Severities())]


def told(root: Path, rule: str) -> list[str]:
    """Give what a rule finds below a folder: line, field, what."""
    return [f"{one.line}: {one.field}: {one.what}" for one in findings(root) if one.rule.name == rule]


def findings_of(example: Example, root: Path) -> list[Finding]:
    """Give what is found in an example, which stands in the folder ``example``."""
    for number, text in enumerate(example.others):
        write(root / f"other-{number}", text, example.form)
    recipe = write(root / "example", example.text, example.form)
    for name in example.beside:
        (recipe.parent / name).write_text("")
    changes = {recipe: Change(reason="recipe.yaml changed", before=example.before)} if example.before else None
    found = findings(root, policy=example.policy, offered=example.offered, changes=changes)
    return [one for one in found if one.file == recipe]
