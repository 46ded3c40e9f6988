"""A whole recipe converted: text of a ``meta.yaml`` in, text of a ``recipe.yaml`` and what has to be told out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from jinja2 import nodes

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.context import with_context
from ownconda.recipes.converting.expressions import Expression, free_names, replaced
from ownconda.recipes.converting.placing import NotATextError, Placed, assembled, one_text
from ownconda.recipes.converting.reading import read_tree
from ownconda.recipes.converting.section_comments import lost_comments, with_section_comments
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.sections.about import about
from ownconda.recipes.converting.sections.build import build
from ownconda.recipes.converting.sections.outputs import Top, outputs
from ownconda.recipes.converting.sections.requirements import requirements
from ownconda.recipes.converting.sections.source import source
from ownconda.recipes.converting.sections.tests import tests
from ownconda.recipes.converting.statements import walked_template
from ownconda.recipes.converting.tree import (
    Fields,
    Items,
    Part,
    Scalar,
    by_key,
    expressions_in,
    fields_of_all,
    mapped,
    text,
)
from ownconda.recipes.converting.writing import write_recipe

_SECTIONS = frozenset({"package", "source", "build", "requirements", "test", "outputs", "about", "extra"})
_OF_PACKAGE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "PKG_NAME": ("package", "name"),
        "PKG_VERSION": ("package", "version"),
        "PKG_BUILDNUM": ("build", "number"),
    }
)
"""Names that conda-build gives a recipe for what it says itself, and where it says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A recipe in v1, what of the old one it doesn't say, or says otherwise, and the names that it asks for."""

    text: str
    problems: tuple[Problem, ...] = ()
    names: frozenset[str] = frozenset()


def convert(
    written: str,
    *,
    where: Where,
    variants: frozenset[str],
    files: frozenset[str],
    is_listed_licence: Callable[[str], bool],
) -> Converted:
    """Convert the text of a ``meta.yaml``.

    ``variants`` are the keys that variants files give values, ``files`` what stands beside the recipe.
    Raises WrongInputError with the line of what can't be converted.
    """
    walked = walked_template(written, variants=variants, where=where)
    values = {one.name: str(one.value.value) for one in walked.variables if isinstance(one.value, nodes.Const)}
    root, footer = read_tree(walked.lines, walked.expressions, values, where=where)
    around = Surroundings(where=where, files=files, values=values, is_listed_licence=is_listed_licence)
    body, told = _body(root, around)
    whole = with_context(walked, with_section_comments(body, root), variants)
    text_of_recipe = write_recipe(whole.root, header=whole.header, footer=footer)
    lost = lost_comments(walked.lines, text_of_recipe, where)
    return Converted(text=text_of_recipe, problems=(*walked.problems, *told, *lost), names=whole.names)


def _body(root: Fields, around: Surroundings) -> tuple[Fields, list[Problem]]:
    bare = Fields(parts=tuple(replace(part, comments=(), after=(), remark="") for part in root.parts))
    try:
        found = list(_sections(_with_package_names(bare), around))
        body = assembled(one for one in found if isinstance(one, Placed))
    except NotATextError as error:
        raise WrongInputError.of([around.told(error.part, "has to be a text")]) from error
    return body, [one for one in found if not isinstance(one, Placed)]


def _sections(root: Fields, around: Surroundings) -> Found:
    named = by_key(root.parts)
    for key, parts in named.items():
        if key not in _SECTIONS:
            yield around.told(parts[0], f"the section {key} has no place in v1, and is left out")
    package = fields_of_all(named.get("package", ()))
    has_outputs = any(isinstance(part.value, Items | Fields) for part in named.get("outputs", ()))
    yield from _name_and_version(package, "recipe" if has_outputs else "package")
    yield from source(named.get("source", ()), around)
    if has_outputs:
        top = Top(sections=named, name=_name(package, around), files=around.files)
        yield from build(tuple(part for part in top.build if part.key in {"number", "skip"}), around)
        yield from outputs(named["outputs"], top, around)
    else:
        yield from build(fields_of_all(named.get("build", ())), around)
        yield from requirements(named.get("requirements", ()), around)
        yield from tests(named.get("test", ()), around, name=_name(package, around), is_output=False)
    yield from about(fields_of_all(named.get("about", ())), around)
    for part in named.get("extra", ()):
        if isinstance(part.value, Fields):
            yield Placed(("extra",), part)


def _name_and_version(package: Sequence[Part], section: str) -> Iterator[Placed]:
    for key in ("name", "version"):
        parts = [part for part in package if part.key == key]
        if parts:
            yield Placed((section, key), one_text(parts))


def _name(package: Sequence[Part], around: Surroundings) -> str:
    names = (around.known_text(one.value) for one in package if one.key == "name" and isinstance(one.value, Scalar))
    return next(names, "")


def _with_package_names(root: Fields) -> Fields:
    """Put what the recipe says itself in the place of the names that conda-build gives it."""
    known = {name: _said(root, *place) for name, place in _OF_PACKAGE.items()}
    asked = {name for expression in expressions_in(root) for name in free_names(expression)}
    return mapped(root, lambda expression: replaced(expression, known)) if asked & known.keys() else root


def _said(root: Fields, section: str, key: str) -> Expression:
    parts = [part for part in fields_of_all(root.named(section)) if part.key == key and isinstance(part.value, Scalar)]
    found = one_text(parts).value if parts else text("0")
    assert isinstance(found, Scalar)  # noqa: S101  (what one_text gives)
    return found.expression
