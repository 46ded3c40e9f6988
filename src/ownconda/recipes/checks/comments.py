"""Rules about the comments by which a recipe asks for findings to be left out."""

from collections.abc import Iterator

from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.ignoring import wishes
from ownconda.recipes.near_names import nearest


def unknown_ignore(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a comment that names a rule that doesn't exist."""
    for wish in wishes(recipe.written.text):
        for name in sorted(wish.rules - set(known.rules)):
            near = nearest(name, known.rules)
            yield Fault(
                what=f"there is no rule {name!r} to ignore",
                where=recipe.at_line(wish.line),
                hint=f"did you mean {near!r}?" if near else "`ownconda validate-recipes --rules` lists them",
            )


_TEXT = "package:\n  name: tool\n  version: v1.0  # ownconda: ignore "

RULES = (
    Rule(
        name="unknown-ignore",
        summary="a comment that asks to ignore a rule that doesn't exist",
        why="It does nothing, and whoever wrote it believes otherwise.",
        check=unknown_ignore,
        bad=Example(text=f"{_TEXT}odd-verson\n"),
        good=Example(text=f"{_TEXT}odd-version\n"),
        severity="warning",
    ),
)
