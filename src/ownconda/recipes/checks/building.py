"""Rules about conda-build's words that the builder doesn't know: what can't be built, and what has no effect."""

from collections.abc import Callable, Iterable, Iterator

from ownconda.errors import Problem
from ownconda.recipes.checked import CheckedOutput, CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule

_CONVERTING = "`ownconda recipe convert` tells what else the other format writes differently"


def unbuildable(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell what would make the build fail."""
    return _told(recipe, lambda output: output.unbuildable)


def without_effect(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell what the recipe says in vain."""
    return _told(recipe, lambda output: output.without_effect)


def _told(recipe: CheckedRecipe, of: Callable[[CheckedOutput], Iterable[Problem]]) -> Iterator[Fault]:
    for output in recipe.outputs:
        for problem in of(output):
            section = problem.what.partition(" ")[0].replace("/", ".")
            where = recipe.where(section if "." in section else "package")
            yield Fault(what=problem.what, where=where, hint=problem.hint or _CONVERTING)


_HEAD = "package:\n  name: tool\n  version: 1.0.0\n"

RULES = (
    Rule(
        name="cannot-be-built",
        summary="something without which a conda-build recipe's package would be wrong, and which can't be done",
        why="Such a recipe renders, and takes its place in the graph, but its build fails at once.",
        check=unbuildable,
        bad=Example(form="v0", text=f"{_HEAD}\nsource:\n  svn_url: https://svn.example.org/tool\n"),
        good=Example(
            form="v0",
            text=f"{_HEAD}\nsource:\n  url: https://example.org/tool-1.0.0.tar.gz\n  sha256: {'0' * 64}\n",
        ),
    ),
    Rule(
        name="no-effect",
        summary="a conda-build option that has no equivalent",
        why="The package is built as if it weren't there. Whether that matters only its author can tell.",
        check=without_effect,
        bad=Example(form="v0", text=f"{_HEAD}\nbuild:\n  pin_depends: strict\n"),
        good=Example(form="v0", text=f"{_HEAD}\nbuild:\n  number: 0\n"),
        severity="warning",
    ),
)
