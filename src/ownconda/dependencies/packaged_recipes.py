"""What a package was built and is tested with, as the rendered recipe inside it says.

It is read as data: no template is evaluated, and nothing is run.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ownconda.conda.records import Record
from ownconda.dependencies.packages import Kind, Need, asked_name, is_compiler
from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.sections import texts
from ownconda.recipes.v0.yaml_reading import read_document

RATTLER_BUILDS = "info/recipe/rendered_recipe.yaml"
CONDA_BUILDS = "info/recipe/meta.yaml"
TEMPLATE = "info/recipe/meta.yaml.template"
"""The recipe as people wrote it, beside that which conda-build rendered."""

FILES = (RATTLER_BUILDS, CONDA_BUILDS, TEMPLATE)

_Spec = tuple[str, bool]
"""A match spec, and whether nobody wrote it."""

_ENVIRONMENTS: tuple[Kind, ...] = ("build", "host")
_TEMPLATES = re.compile(r"\{\{|\{%")
_WORD = re.compile(r"[\w.-]+")


def recorded_needs(files: Mapping[str, bytes], record: Record) -> tuple[Need, ...]:
    """Give what a package needs to be built, to run and to be tested; ``files`` are those of `FILES` that it has.

    Raises WrongInputError with the reason when its rendered recipe isn't there, or can't be read.
    """
    if RATTLER_BUILDS in files:
        specs = _by_rattler_build(_document(files[RATTLER_BUILDS], RATTLER_BUILDS), record)
    elif CONDA_BUILDS in files:
        specs = _by_conda_build(_document(files[CONDA_BUILDS], CONDA_BUILDS), files.get(TEMPLATE), record)
    else:
        raise WrongInputError("it holds no rendered recipe")
    return tuple(
        Need(kind=kind, spec=spec, subdir=record.subdir, implicit=implicit or is_compiler(spec))
        for kind, some in specs
        for spec, implicit in some
    )


def _document(content: bytes, file: str) -> Mapping[str, object]:
    try:
        return read_document(content.decode(), Where(file=file)).content
    except UnicodeDecodeError as error:
        raise WrongInputError(f"its {file} isn't UTF-8") from error
    except WrongInputError as error:
        raise WrongInputError(f"its {file} can't be read: {error.problems[0].what}") from error


# rattler-build notes where each requirement comes from


def _by_rattler_build(rendered: Mapping[str, object], record: Record) -> Iterator[tuple[Kind, Iterable[_Spec]]]:
    recipe, solved = _mapping(rendered.get("recipe")), _mapping(rendered.get("finalized_dependencies"))
    if not solved:
        raise WrongInputError(f"its {RATTLER_BUILDS} doesn't say what it was built with")
    for kind in _ENVIRONMENTS:
        yield kind, _noted(_mapping(solved.get(kind)).get("specs"))
    noted = dict(_noted(_mapping(solved.get("run")).get("depends")))
    yield "run", [(spec, noted.get(spec, False)) for spec in record.depends]
    yield "test", [(spec, False) for test in _list(recipe.get("tests")) for spec in _of_test(_mapping(test))]


def _noted(entries: object) -> Iterator[_Spec]:
    """Read entries such as ``source: zlib``, ``spec: zlib >=1.3, run_export: zlib`` or ``variant: python, spec: …``."""
    for entry in map(_mapping, _list(entries)):
        spec = entry.get("spec") or entry.get("source")
        if isinstance(spec, str):
            yield spec, "run_export" in entry


def _of_test(test: Mapping[str, Any]) -> Iterator[str]:
    needs = _mapping(test.get("requirements"))
    return (spec for part in ("run", "build") for spec in _list(needs.get(part)) if isinstance(spec, str))


# conda-build writes all that was in its environments; what its template doesn't name, nobody wrote


def _by_conda_build(
    meta: Mapping[str, object], template: bytes | None, record: Record
) -> Iterator[tuple[Kind, Iterable[_Spec]]]:
    needs, test = _mapping(meta.get("requirements")), _mapping(meta.get("test"))
    if "outputs" in meta or _TEMPLATES.search(str((needs, test.get("requires")))):
        raise WrongInputError(f"its {CONDA_BUILDS} isn't rendered")
    words = None if template is None else set(_WORD.findall(template.decode(errors="replace").lower()))
    for kind in _ENVIRONMENTS:
        specs = texts(needs.get(kind))
        yield kind, [(spec, words is not None and asked_name(spec) not in words) for spec in specs]
    yield "run", [(spec, False) for spec in record.depends]
    yield "test", [(spec, False) for spec in texts(test.get("requires"))]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
