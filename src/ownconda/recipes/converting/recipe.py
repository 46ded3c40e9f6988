"""A whole recipe converted: text of a ``meta.yaml`` in, text of a ``recipe.yaml`` and what has to be told out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from jinja2 import nodes

from ownconda.conda.names import NOARCH
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.expressions import Expression, free_names, replaced
from ownconda.recipes.converting.placing import NotATextError, Placed, assembled, one_text
from ownconda.recipes.converting.reading import read_tree
from ownconda.recipes.converting.sections import Facts, Found
from ownconda.recipes.converting.sections.about import about
from ownconda.recipes.converting.sections.build import build, gathered
from ownconda.recipes.converting.sections.outputs import Top, outputs
from ownconda.recipes.converting.sections.requirements import requirements
from ownconda.recipes.converting.sections.source import source
from ownconda.recipes.converting.sections.tests import tests
from ownconda.recipes.converting.statements import walked_template
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, mapped, scalars, text
from ownconda.recipes.converting.walking import Variable, Walked
from ownconda.recipes.converting.writing import write_recipe
from ownconda.recipes.v0.variants import defaults

_SECTIONS = frozenset({"package", "source", "build", "requirements", "test", "outputs", "about", "extra"})


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
    facts = Facts(where=where, files=files, values=values, is_listed_licence=is_listed_licence)
    body, told = _body(root, facts)
    problems: list[Problem] = [*walked.problems, *told]
    body = _with_section_comments(body, root)
    walked = replace(walked, variables=(*_given(walked, body, variants), *walked.variables))
    context, header, body = _context(walked, body)
    parts = (*((context,) if context else ()), *body.parts)
    text_of_recipe = write_recipe(Fields(parts=parts), header=header, footer=footer)
    problems += _lost_comments(walked, text_of_recipe, where)
    return Converted(
        text=text_of_recipe,
        problems=tuple(problems),
        names=frozenset(_used(walked.variables, body)),
    )


def _body(root: Fields, facts: Facts) -> tuple[Fields, list[Problem]]:
    bare = Fields(parts=tuple(replace(part, comments=(), after=(), remark="") for part in root.parts))
    try:
        found = list(_sections(_with_package_names(bare), facts))
        body = assembled(one for one in found if isinstance(one, Placed))
    except NotATextError as error:
        raise WrongInputError.of([facts.told(error.part, "has to be a text")]) from error
    return body, [one for one in found if not isinstance(one, Placed)]


def _sections(root: Fields, facts: Facts) -> Found:
    named: dict[str, tuple[Part, ...]] = {}
    for part in root.parts:
        named[str(part.key)] = (*named.get(str(part.key), ()), part)
    for key, parts in named.items():
        if key not in _SECTIONS:
            yield facts.told(parts[0], f"the section {key} has no place in v1, and is left out")
    package = gathered(named.get("package", ()))
    name = next(
        (facts.known_text(one.value) for one in package if one.key == "name" and isinstance(one.value, Scalar)), ""
    )
    has_outputs = any(isinstance(part.value, Items | Fields) for part in named.get("outputs", ()))
    section = "recipe" if has_outputs else "package"
    first: dict[str, list[Part]] = {}
    for part in package:
        first.setdefault(str(part.key), []).append(part)
    for key in ("name", "version"):
        if key in first:
            yield Placed((section, key), one_text(first[key]))
    yield from source(named.get("source", ()), facts)
    if has_outputs:
        top = Top(sections=named, name=name, files=facts.files)
        yield from build(tuple(part for part in top.build if part.key in {"number", "skip"}), facts)
        yield from outputs(named["outputs"], top, facts)
    else:
        yield from build(gathered(named.get("build", ())), facts)
        yield from requirements(named.get("requirements", ()), facts)
        yield from tests(named.get("test", ()), facts, name=name)
    yield from about(gathered(named.get("about", ())), facts)
    for part in named.get("extra", ()):
        if isinstance(part.value, Fields):
            yield Placed(("extra",), part)


_NEW_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({"package": ("recipe", "package"), "test": ("tests",)})


def _with_section_comments(body: Fields, root: Fields) -> Fields:
    """Put the comments at the old sections to the new ones; those of one that is gone to the next."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    keys = [part.key or "" for part in body.parts]
    waiting: list[str] = []
    for part in root.parts:
        waiting += [*part.comments, *([f"# {part.remark}"] if part.remark else [])]
        key = next((key for key in _NEW_NAMES.get(part.key or "", (part.key or "",)) if key in keys), None)
        if key is None:
            waiting += part.after
            continue
        above.setdefault(key, []).extend(waiting)
        below.setdefault(key, []).extend(part.after)
        waiting = []
    if waiting and keys:
        below.setdefault(keys[-1], []).extend(waiting)
    return Fields(
        parts=tuple(
            replace(
                part,
                comments=(*above.get(part.key or "", ()), *part.comments),
                after=(*part.after, *below.get(part.key or "", ())),
            )
            for part in body.parts
        )
    )


def _lost_comments(walked: Walked, written: str, where: Where) -> Iterator[Problem]:
    lines = {line.strip() for line in written.splitlines()}
    for line in walked.lines:
        if line.is_comment and line.text.strip() not in lines and line.text.strip("# "):
            said = line.text.strip()
            yield Problem(
                what=f"the comment {said!r} stood at something that v1 doesn't have, and is left out",
                where=Where(file=where.file, line=line.number),
            )


# Names that conda-build gives a recipe for what it says itself


def _with_package_names(root: Fields) -> Fields:
    known: dict[str, Expression] = {}
    for name, section, key in (
        ("PKG_NAME", "package", "name"),
        ("PKG_VERSION", "package", "version"),
        ("PKG_BUILDNUM", "build", "number"),
    ):
        parts = [part for part in gathered(root.named(section)) if part.key == key and isinstance(part.value, Scalar)]
        found = one_text(parts).value if parts else text("0")
        assert isinstance(found, Scalar)  # noqa: S101  (what one_text gives)
        known[name] = found.expression
    if not {
        name
        for one in scalars(root)
        for piece in one.pieces
        if not isinstance(piece, str)
        for name in free_names(piece)
    } & {*known}:
        return root

    found_root = mapped(root, lambda expression: replaced(expression, known))
    return found_root if isinstance(found_root, Fields) else root


# The context

_GIVEN = frozenset({"cran_mirror"})  # what conda-build itself gives a value, and nobody in v1


def _given(walked: Walked, body: Fields, variants: frozenset[str]) -> Iterator[Variable]:
    used = _used(walked.variables, body)
    own = {one.name for one in walked.variables}
    values = defaults(NOARCH).values
    for name in sorted(_GIVEN & used - own - variants):
        yield Variable(name=name, value=nodes.Const(values[name][0]), number=0)


def _context(walked: Walked, body: Fields) -> tuple[Part | None, tuple[str, ...], Fields]:
    """Give the variables that something uses, the comments at the very top, and the rest without the variables' own."""
    walked, body = _with_single_uses_inlined(walked, body)
    used = _used(walked.variables, body)
    kept = [one for one in walked.variables if one.name in used]
    if not body.parts:
        return None, (), body
    first = body.parts[0]
    comments = _Comments.of(walked, kept, first)
    parts = tuple(_variable(one, comments.above.get(one.name, ())) for one in kept)
    body = Fields(parts=(replace(first, comments=comments.rest), *body.parts[1:]))
    if not parts:
        return None, comments.header, body
    return Part(key="context", value=Fields(parts=parts)), comments.header, body


def _with_single_uses_inlined(walked: Walked, body: Fields) -> tuple[Walked, Fields]:
    """Write a variable that was set anew where it is used, if that is a single place that has nothing else in it."""
    whole = [one.pieces[0] for one in scalars(body) if len(one.pieces) == 1 and isinstance(one.pieces[0], nodes.Name)]
    every = [
        name
        for one in scalars(body)
        for piece in one.pieces
        if not isinstance(piece, str)
        for name in free_names(piece)
    ]
    every += [*_names_in_conditions(body), *(name for one in walked.variables for name in free_names(one.value))]
    inlined = {
        one.name: one.value
        for one in walked.variables
        if one.was_set_before and every.count(one.name) == 1 and nodes.Name(one.name, "load") in whole
    }
    if not inlined:
        return walked, body
    changed = mapped(body, lambda expression: replaced(expression, inlined))
    variables = tuple(one for one in walked.variables if one.name not in inlined)
    return replace(walked, variables=variables), changed if isinstance(changed, Fields) else body


def _used(variables: Sequence[Variable], body: Fields) -> set[str]:
    expressions = [piece for one in scalars(body) for piece in one.pieces if not isinstance(piece, str)]
    used = {name for expression in expressions for name in free_names(expression)}
    used |= {name for name in _names_in_conditions(body)}
    for one in reversed(variables):
        if one.name in used:
            used.update(free_names(one.value))
    return used


def _names_in_conditions(value: Fields | Items | Scalar) -> Iterator[str]:
    if isinstance(value, Scalar):
        return
    for part in value.parts:
        yield from free_names(part.condition)
        yield from _names_in_conditions(part.value)


def _variable(one: Variable, comments: tuple[str, ...]) -> Part:
    if isinstance(one.value, nodes.List) and all(isinstance(item, nodes.Const) for item in one.value.items):
        items = (replace(_variable(replace(one, value=item), ()), key=None) for item in one.value.items)
        return Part(key=one.name, value=Items(parts=tuple(items)), comments=comments)
    if not isinstance(one.value, nodes.Const):
        return Part(key=one.name, value=text(one.value), comments=comments)
    value = one.value.value
    if isinstance(value, bool | int) or value is None:
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        return Part(key=one.name, value=Scalar(pieces=(plain,), style="#"), comments=comments)
    return Part(key=one.name, value=Scalar(pieces=(str(value),), style="" if str(value) else '"'), comments=comments)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comments:
    """The comments above the first section: those of variables, those of the file, and the rest."""

    above: Mapping[str, tuple[str, ...]]
    header: tuple[str, ...]
    rest: tuple[str, ...]

    @classmethod
    def of(cls, walked: Walked, kept: Sequence[Variable], first: Part) -> "_Comments":
        at = {line.number: line.text.strip() for line in walked.lines if line.is_comment and line.number < first.line}
        above: dict[str, tuple[str, ...]] = {}
        for one in kept:
            numbers = []
            number = one.number - 1
            while number in at:
                numbers.append(number)
                number -= 1
            above[one.name] = tuple(at.pop(number) for number in reversed(numbers))
        start = min([one.number for one in kept], default=first.line)
        header = tuple(at.pop(number) for number in sorted(at) if number < start and kept)
        taken = {comment for comments in above.values() for comment in comments} | {*header}
        rest = tuple(comment for comment in first.comments if comment not in taken)
        return cls(above=above, header=header, rest=rest)
