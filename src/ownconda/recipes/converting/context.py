"""The context of a recipe in v1: the variables that something uses, each with the comments above it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes

from ownconda.conda.names import NOARCH
from ownconda.recipes.converting.expressions import free_names, replaced
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, expressions_in, mapped, scalars, text
from ownconda.recipes.converting.walking import Line, Variable, Walked
from ownconda.recipes.v0.variants import defaults

_GIVEN = frozenset({"cran_mirror"})  # what conda-build itself gives a value, and nobody in v1


@dataclass(frozen=True, slots=True, kw_only=True)
class WithContext:
    """A recipe with its context: the comments at the very top, all of its sections, the names that it asks for."""

    header: tuple[str, ...]
    root: Fields
    names: frozenset[str]


def with_context(walked: Walked, body: Fields, variants: frozenset[str]) -> WithContext:
    """Put the variables that something uses before the other sections, and above them the comments that are theirs."""
    every = (*_given_variables(walked.variables, body, variants), *walked.variables)
    variables, body = _with_single_uses_inlined(every, body)
    used = _used_names(variables, body)
    if not body.parts:
        return WithContext(header=(), root=body, names=used)
    kept = [one for one in variables if one.name in used]
    first = body.parts[0]
    comments = _Comments.of(walked.lines, kept, first)
    parts = tuple(_variable(one, comments.above.get(one.name, ())) for one in kept)
    context = [Part(key="context", value=Fields(parts=parts))] if parts else []
    sections = (*context, replace(first, comments=comments.rest), *body.parts[1:])
    return WithContext(header=comments.header, root=Fields(parts=sections), names=used)


def _given_variables(variables: Sequence[Variable], body: Fields, variants: frozenset[str]) -> Iterator[Variable]:
    used = _used_names(variables, body)
    own = {one.name for one in variables}
    values = defaults(NOARCH).values
    for name in sorted(_GIVEN & used - own - variants):
        yield Variable(name=name, value=nodes.Const(values[name][0]), number=0)


def _with_single_uses_inlined(variables: Sequence[Variable], body: Fields) -> tuple[Sequence[Variable], Fields]:
    """Write a variable that was set anew where it is used, if that is a single place that has nothing else in it."""
    whole = [one.pieces[0] for one in scalars(body) if len(one.pieces) == 1]
    uses = Counter([*_names(body), *(name for one in variables for name in free_names(one.value))])
    inlined = {
        one.name: one.value
        for one in variables
        if one.was_set_before and uses[one.name] == 1 and nodes.Name(one.name, "load") in whole
    }
    if not inlined:
        return variables, body
    left = [one for one in variables if one.name not in inlined]
    return left, mapped(body, lambda expression: replaced(expression, inlined))


def _used_names(variables: Sequence[Variable], body: Fields) -> frozenset[str]:
    used = {*_names(body)}
    for one in reversed(variables):
        if one.name in used:
            used.update(free_names(one.value))
    return frozenset(used)


def _names(body: Fields) -> Iterator[str]:
    for expression in expressions_in(body):
        yield from free_names(expression)
    yield from _names_in_conditions(body)


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
    def of(cls, lines: Sequence[Line], kept: Sequence[Variable], first: Part) -> "_Comments":
        at = {line.number: line.text.strip() for line in lines if line.is_comment and line.number < first.line}
        above = {one.name: tuple(_taken_above(one.number, at)) for one in kept}
        start = min([one.number for one in kept], default=first.line)
        header = tuple(at.pop(number) for number in sorted(at) if number < start and kept)
        taken = {comment for comments in above.values() for comment in comments} | {*header}
        rest = tuple(comment for comment in first.comments if comment not in taken)
        return cls(above=above, header=header, rest=rest)


def _taken_above(number: int, comments: dict[int, str]) -> list[str]:
    """Take away the comments that end right above a line."""
    start = number
    while start - 1 in comments:
        start -= 1
    return [comments.pop(at) for at in range(start, number)]
