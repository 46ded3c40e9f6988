"""Rules about packages for every platform."""

import re
from collections.abc import Iterator

from ownconda.recipes.checked import CheckedOutput, CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.v0.lines import split_lines
from ownconda.recipes.written import Place

_COMPILER = re.compile(
    r"(?:(?:gcc|gxx|clang|clangxx|gfortran|flang|rust|go|go-cgo|go-nocgo|nvcc|cuda-nvcc|cuda|vs\d+|m2w64_\w+|emscripten)"
    r"_[a-z]+-\w+|gcc|gxx|clang|clangxx|gfortran|rust|toolchain\d?)"
)
_BUILDERS_OF_PYTHON = frozenset({"pip", "setuptools", "flit-core", "poetry-core", "hatchling", "pdm-backend"})
_NO_BUILDERS = frozenset(
    {"python", "wheel", "setuptools-scm", "setuptools_scm", "hatch-vcs", "python-build", "versioneer"}
)
_CONDITIONAL = ("requirements.build", "requirements.host", "requirements.run", "build.skip")


def noarch_compiled(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a package for every platform that is built with a compiler."""
    for output in recipe.outputs:
        compilers = _compilers(output)
        if output.build.noarch and compilers:
            yield Fault(
                what=f"noarch, but built with {compilers[0]}",
                where=recipe.where("requirements.build", output=output, value=compilers[0]),
                hint="take out build.noarch, or the compiler",
            )


def noarch_selectors(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell what a package for every platform makes depend on the platform that it happens to be built on."""
    places = {recipe.place_of(output) for output in recipe.outputs if output.build.noarch}
    for place in _conditions(recipe) if places else ():
        if place.output in places:
            yield Fault(
                what="noarch, but depends on the platform or the variant",
                where=recipe.at(place),
                hint="take the condition out, or build.noarch; a virtual package such as __unix may say more",
            )


def could_be_noarch(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a pure Python package that is built for each platform and each Python."""
    if any(True for _ in _conditions(recipe)):
        return
    for output in recipe.outputs:
        needs = output.build.requirements
        host = {spec.split()[0] for spec in needs.host}
        pure = host & _BUILDERS_OF_PYTHON and host <= _BUILDERS_OF_PYTHON | _NO_BUILDERS
        if pure and "python" in host and not needs.build and not output.build.noarch and not output.system_libraries:
            yield Fault(
                what=f"{output.build.name} seems to be pure Python",
                where=recipe.where("build", output=output),
                hint="with build.noarch: python one package would do for every platform and every Python",
            )


def unbounded_python(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a Python package for every Python that doesn't say from which one on."""
    for output in recipe.outputs:
        if output.build.noarch == "python" and "python" in output.build.requirements.run:
            yield Fault(
                what="noarch, but doesn't say which Python it needs",
                where=recipe.where("requirements.run", output=output, value="python"),
                hint="write python >=3.10, or what upstream asks for",
            )


def _compilers(output: CheckedOutput) -> list[str]:
    return [spec for spec in output.build.requirements.build if _COMPILER.fullmatch(spec.split()[0])]


def _conditions(recipe: CheckedRecipe) -> Iterator[Place]:
    """Give what holds under a condition only, except virtual packages and what is built on another platform."""
    if recipe.is_v0:
        lines = split_lines(recipe.written.text)
        for kind in _CONDITIONAL:
            for place in recipe.written.values(kind):
                if place.line <= len(lines) and lines[place.line - 1].selector and not place.text.startswith("__"):
                    yield place
        return
    for kind in _CONDITIONAL:
        chosen = {place.field.rpartition(".then")[0] for place in recipe.written.values(kind) if "__" in place.text[:2]}
        for place in recipe.written.values(f"{kind}.if"):
            if place.field.removesuffix(".if") not in chosen and "build_platform" not in place.text:
                yield place
    yield from (place for place in recipe.written.values("build.skip") if place.text not in {"true", "false"})


_PURE = "package:\n  name: tool\n  version: 1.0.0\n\nbuild:\n  noarch: python\n\nrequirements:\n"

RULES = (
    Rule(
        name="noarch-compiled",
        summary="a noarch package that is built with a compiler",
        why="What a compiler makes runs on one platform only, and a noarch package is installed on all.",
        check=noarch_compiled,
        bad=Example(text=f"{_PURE}  build:\n    - ${{{{ compiler('c') }}}}\n  run:\n    - python >=3.10\n"),
        good=Example(text=f"{_PURE}  run:\n    - python >=3.10\n"),
        severity="warning",
    ),
    Rule(
        name="noarch-selectors",
        summary="a noarch package whose requirements or skipping depend on the platform or the variant",
        why="The condition is decided once, where the package is built, and holds everywhere. Requirements may depend "
        "on virtual packages (__unix, __win) instead.",
        check=noarch_selectors,
        bad=Example(text=f"{_PURE}  run:\n    - python >=3.10\n    - if: win\n      then: colorama\n"),
        good=Example(text=f"{_PURE}  run:\n    - python >=3.10\n    - colorama\n"),
        severity="warning",
    ),
    Rule(
        name="could-be-noarch",
        summary="a pure Python package that is built for each platform and each Python",
        why="One noarch package is built once, and fits the next Python, too.",
        check=could_be_noarch,
        bad=Example(text=_PURE.replace("  noarch: python\n", "  number: 0\n") + "  host:\n    - python\n    - pip\n"),
        good=Example(text=f"{_PURE}  host:\n    - python\n    - pip\n"),
        severity="warning",
    ),
    Rule(
        name="unbounded-python",
        summary="a noarch Python package that doesn't say which Python it needs",
        why="A noarch package is offered to every Python there is, also to those that can't read its syntax.",
        check=unbounded_python,
        bad=Example(text=f"{_PURE}  run:\n    - python\n"),
        good=Example(text=f"{_PURE}  run:\n    - python >=3.10\n"),
        severity="warning",
    ),
)
