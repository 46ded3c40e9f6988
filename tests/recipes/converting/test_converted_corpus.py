"""Real recipes of others, converted: both formats have to render to the same packages."""

from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.converting.conversion import plan_conversion
from ownconda.recipes.rendering import Rendering

CHECKOUT = Path(__file__).resolve().parents[3]
CORPUS = CHECKOUT.parent / "shared" / "corpora" / "v0"
AT_LEAST = 0.98
RENDERING = Rendering(
    variants={
        "python": ("3.12",),
        "numpy": ("2.0",),
        "perl": ("5.32",),
        "r_base": ("4.4",),
        "python_min": ("3.10",),
    },
)


def outcome(recipe: Path) -> str:
    """Say how the packages would differ, or why a recipe isn't converted; nothing where all is well."""
    try:
        return "\n  ".join(plan_conversion(recipe, RENDERING, platforms=("linux-64",)).differences)
    except WrongInputError as error:
        return f"not converted: {error}"


def test_real_recipes_are_converted_to_the_same_packages(capsys: pytest.CaptureFixture[str]) -> None:
    recipes = sorted(CORPUS.glob("*/meta.yaml"))
    if not recipes:
        pytest.fail("the corpora aren't there: they have to stand beside the checkout, in ../shared/corpora")
    told = {recipe.parent.name: said for recipe in recipes if (said := outcome(recipe))}
    equal = 1 - len(told) / len(recipes)
    with capsys.disabled():
        lines = (f"{name}\n  {said}" for name, said in told.items())
        print(f"\n{equal:.1%} of {len(recipes)} recipes convert to equal ones\n" + "\n".join(lines))  # noqa: T201  (the report)
    assert equal >= AT_LEAST
