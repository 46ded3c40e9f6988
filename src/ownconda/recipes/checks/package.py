"""Rules about a package's name, version, build number and description."""

import re
from collections.abc import Iterator
from pathlib import Path

from ownconda.conda.versions import is_version
from ownconda.errors import WrongInputError
from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.common_words import WORDS
from ownconda.recipes.editing import Edit, set_number, set_version

MOST_BUILDS = 10_000

_WITH_V = re.compile(r"[vV]\d")


def odd_version(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a version that conda can't compare, or that begins with a v."""
    for output in recipe.outputs:
        version = output.build.version
        where = recipe.where("package.version", output=output, value=version)
        if not is_version(version):
            yield Fault(
                what=f"{version!r} is no version that conda can compare",
                where=where,
                hint="for example 1.2.3 or 2024.5",
            )
        elif _WITH_V.match(version):
            yield Fault(
                what=f"the version {version!r} begins with a letter", where=where, hint=f"write {version[1:]!r}"
            )


def missing_build_number(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a recipe that doesn't say its build number."""
    kinds = ("build.number", "number")
    written = any(recipe.written.has(kind) for kind in kinds)
    if recipe.outputs and not written:
        yield Fault(what="there is no build number", where=recipe.where("build"), hint="write build.number: 0")


def odd_build_number(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell a build number that no counting leads to."""
    for output in recipe.outputs:
        if output.build.number >= MOST_BUILDS:
            yield Fault(
                what=f"the build number {output.build.number} is no count of builds",
                where=recipe.where("build.number", output=output),
                hint="begin with 0 for each version and add 1 for each build",
            )


def number_not_raised(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a recipe whose package changed while its version and its number didn't."""
    change = known.changes.get(recipe.file)
    if change is None or not recipe.outputs:
        return
    now, before = recipe.written.text, change.before
    version = _literals(now, _version_edits(now, recipe.file))
    if not version or version != _literals(before, _version_edits(before, recipe.file)):
        return
    if _literals(now, _number_edits(now, recipe.file, 0)) == _literals(before, _number_edits(before, recipe.file, 0)):
        number = max(output.build.number for output in recipe.outputs)
        yield Fault(
            what=f"{change.reason}, but the build number is still {number}",
            where=recipe.where("build.number"),
            hint=f"raise it to {number + 1}: `ownconda recipe bump {recipe.outputs[0].build.name}`",
            edits=tuple(_number_edits(now, recipe.file, number + 1)),
        )


def incomplete_about(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell what a package doesn't say about itself."""
    homepage = WORDS[recipe.written.form]["homepage"]
    for output in recipe.outputs:
        for kind, said in (("about.summary", output.summary), (homepage, output.homepage)):
            if not said:
                what = kind.rpartition(".")[2]
                yield Fault(
                    what=f"{output.build.name} has no {what}",
                    where=recipe.where(kind, output=output),
                    hint=f"write {kind}",
                )


def same_package_twice(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a package file that another recipe makes, too."""
    for output in recipe.outputs:
        others = [one for one in known.makers.get(output.build.path, ()) if one != recipe.file]
        if others:
            yield Fault(
                what=f"makes {output.build.file_name}, and so does {others[0].parent.name}/{others[0].name}",
                where=recipe.where("package.name", output=output, value=output.build.name),
                hint="give one of them another name, version or build number",
            )


def _version_edits(text: str, recipe: Path) -> list[Edit]:
    try:
        return set_version(text, "", recipe=recipe)
    except WrongInputError:
        return []


def _number_edits(text: str, recipe: Path, number: int) -> list[Edit]:
    try:
        return set_number(text, number, recipe=recipe)
    except WrongInputError:
        return []


def _literals(text: str, edits: list[Edit]) -> list[str]:
    """Give what stands where something would be written."""
    return sorted(text[edit.span.start : edit.span.end] for edit in edits)


_ABOUT = "\nabout:\n  homepage: https://tool.example\n  summary: A tool\n  license: MIT\n"
_TEXT = f"package:\n  name: tool\n  version: 1.0.0\n\nbuild:\n  number: 0\n  script: make install\n{_ABOUT}"
_INSTALLS_ALL = _TEXT.replace("make install", "make all install")
_NOTE = "before, its script was: make install"

RULES = (
    Rule(
        name="odd-version",
        summary="a version that conda can't compare, or that begins with a v",
        why="Which package is the newest is decided by comparing versions. 'v1.0' comes before every number.",
        check=odd_version,
        bad=Example(text=_TEXT.replace("1.0.0", "v1.0.0")),
        good=Example(text=_TEXT),
        severity="warning",
    ),
    Rule(
        name="missing-build-number",
        summary="a recipe without a build number",
        why="It counts as 0, but whoever wants to build the same version again has nothing to raise.",
        check=missing_build_number,
        bad=Example(text=_TEXT.replace("  number: 0\n", "")),
        good=Example(text=_TEXT),
        severity="warning",
    ),
    Rule(
        name="odd-build-number",
        summary=f"a build number of {MOST_BUILDS} or more",
        why="A date or a commit's number as build number wins over every later count, for ever.",
        check=odd_build_number,
        bad=Example(text=_TEXT.replace("number: 0", "number: 20260131")),
        good=Example(text=_TEXT),
        severity="warning",
    ),
    Rule(
        name="number-not-raised",
        summary="a recipe that changed under the same version and build number (with --since)",
        why="A file name means one content for ever: the changed package couldn't be uploaded beside the old one. "
        "--fix raises the number.",
        check=number_not_raised,
        bad=Example(text=_INSTALLS_ALL, note=_NOTE, before=_TEXT),
        good=Example(text=_INSTALLS_ALL.replace("number: 0", "number: 1"), note=_NOTE, before=_TEXT),
        alters=frozenset({"build"}),
    ),
    Rule(
        name="incomplete-about",
        summary="a package without summary or home page",
        why="People choose packages by what they say about themselves.",
        check=incomplete_about,
        bad=Example(text="package:\n  name: tool\n  version: 1.0.0\n\nabout:\n  license: MIT\n"),
        good=Example(text=_TEXT),
        severity="warning",
    ),
    Rule(
        name="same-package-twice",
        summary="two recipes that make the same package file",
        why="Only one of them can be in a channel, and nobody knows which.",
        check=same_package_twice,
        bad=Example(text=_TEXT, note="and so does another recipe", others=(_TEXT,)),
        good=Example(text=_TEXT),
    ),
)
