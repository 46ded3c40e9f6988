"""Rules about a package's tests."""

from collections.abc import Iterator

from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.common_words import WORDS

_SCRIPTS = ("run_test.sh", "run_test.py", "run_test.pl", "run_test.r", "run_test.lua", "run_test.bat")


def missing_test(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a recipe that tests none of its outputs."""
    if recipe.outputs and not any(output.is_tested for output in recipe.outputs) and not _has_script(recipe):
        yield Fault(
            what="nothing is tested",
            where=recipe.where(WORDS[recipe.written.form]["tests"]),
            hint="run the program, import the module, or look for the files",
        )


def untested_output(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell an output without tests among those that have some."""
    if any(output.is_tested for output in recipe.outputs):
        for output in recipe.outputs:
            if not output.is_tested and not (recipe.place_of(output) is None and _has_script(recipe)):
                yield Fault(
                    what=f"{output.build.name} isn't tested",
                    where=recipe.where(WORDS[recipe.written.form]["tests"], output=output),
                    hint="look for its files, at least",
                )


def _has_script(recipe: CheckedRecipe) -> bool:
    """Tell whether a script stands beside the recipe that conda-build takes for its test."""
    return recipe.is_v0 and not recipe.beside.isdisjoint(_SCRIPTS)


_HEAD = "package:\n  name: tool\n  version: 1.0.0\n"
_OUTPUTS = """\
recipe:
  name: tool
  version: 1.0.0

outputs:
  - package:
      name: libtool
    tests:
      - package_contents:
          lib:
            - tool
  - package:
      name: tool
"""

RULES = (
    Rule(
        name="missing-test",
        summary="a recipe without tests",
        why="A package that builds needn't work: a library may be missing, a path may be wrong. One line shows it "
        "before somebody installs it.",
        check=missing_test,
        bad=Example(text=_HEAD),
        good=Example(text=f"{_HEAD}\ntests:\n  - script: tool --version\n"),
    ),
    Rule(
        name="untested-output",
        summary="an output without tests",
        why="Each output is a package of its own, and misses files of its own.",
        check=untested_output,
        bad=Example(text=_OUTPUTS),
        good=Example(text=f"{_OUTPUTS}    tests:\n      - script: tool --version\n"),
        severity="warning",
    ),
)
