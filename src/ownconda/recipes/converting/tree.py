"""A recipe between the two formats: fields, lists and texts, each with its comments and its condition."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from jinja2 import nodes

from ownconda.recipes.converting.conditions import follows, within
from ownconda.recipes.converting.expressions import TRUE, Expression, both, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A text made of plain pieces and expressions. ``style`` is YAML's: ``|``, ``>``, a quote, or nothing."""

    pieces: tuple[str | Expression, ...] = ()
    style: str = ""

    @property
    def plain(self) -> str | None:
        """The text where it has no expressions."""
        return "".join(self.pieces) if all(isinstance(piece, str) for piece in self.pieces) else None  # type: ignore[arg-type]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is written there."""
        return not self.pieces and not self.style

    @property
    def expression(self) -> Expression:
        """The text as one expression."""
        return joined([nodes.Const(piece) if isinstance(piece, str) else piece for piece in self.pieces])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A field or an item of a list, with what is written around it.

    ``comments`` stand above it, ``remark`` at its end, ``after`` below it. ``line`` is where it was in the file.
    """

    value: "Value"
    key: str | None = None
    condition: Expression = TRUE
    comments: tuple[str, ...] = ()
    remark: str = ""
    after: tuple[str, ...] = ()
    line: int = 0
    is_spaced: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether it says nothing."""
        return isinstance(self.value, Scalar) and self.value.is_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A mapping; a key may stand in it more than once, under several conditions."""

    parts: tuple[Part, ...] = ()

    def named(self, key: str) -> tuple[Part, ...]:
        """Give the parts of a key."""
        return tuple(part for part in self.parts if part.key == key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    parts: tuple[Part, ...] = ()


Value = Scalar | Fields | Items
_Value = TypeVar("_Value", bound=Value)


def text(*pieces: str | Expression) -> Scalar:
    """Give a scalar of these pieces."""
    return Scalar(pieces=tuple(piece for piece in pieces if piece != ""))


def under(part: Part, condition: Expression) -> Part:
    """Let a part count only where a condition holds, too."""
    if follows(condition, part.condition):
        return part
    whole = condition if follows(part.condition, condition) else both(condition, part.condition)
    return replace(part, condition=whole)


def fields_of(part: Part) -> tuple[Part, ...]:
    """Give the fields of a part, each under its condition, too; the part's own comments go to the first."""
    return _inner(part, part.value.parts) if isinstance(part.value, Fields) else ()


def fields_of_all(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Give the fields of a section that may stand several times, each under its condition."""
    return tuple(one for part in parts for one in fields_of(part))


def items_of(part: Part) -> tuple[Part, ...]:
    """Give the items of a part: those of a list, or what stands alone as the only one."""
    if isinstance(part.value, Items):
        return _inner(part, part.value.parts)
    if isinstance(part.value, Scalar) and part.value.is_empty:
        return ()
    return (replace(part, key=None),)


def _inner(part: Part, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    found = [under(one, part.condition) for one in parts]
    if found:
        first, last = found[0], found[-1]
        remark = (f"# {part.remark}",) if part.remark else ()
        found[0] = replace(first, comments=(*part.comments, *remark, *first.comments))
        found[-1] = replace(found[-1], after=(*last.after, *part.after))
    return tuple(found)


def by_key(parts: Iterable[Part]) -> Mapping[str, tuple[Part, ...]]:
    """Put the fields of one key together: one may stand several times, each under its condition."""
    found: dict[str, tuple[Part, ...]] = {}
    for part in parts:
        found[str(part.key)] = (*found.get(str(part.key), ()), part)
    return found


def below(part: Part, folder: str) -> Part:
    """Leave out the variable of a folder before paths, such as ``$PREFIX/``: v1's are relative to it."""
    if isinstance(part.value, Items):
        return replace(part, value=Items(parts=tuple(below(item, folder) for item in part.value.parts)))
    pieces = part.value.pieces if isinstance(part.value, Scalar) else ()
    if len(pieces) > 1 and pieces[0] == nodes.Name(folder, "load") and str(pieces[1]).startswith("/"):
        return replace(part, value=text(str(pieces[1]).removeprefix("/"), *pieces[2:]))
    return part


def scalars(value: Value) -> Iterator[Scalar]:
    """Give every text in a value."""
    if isinstance(value, Scalar):
        yield value
    else:
        for part in value.parts:
            yield from scalars(part.value)


def stripped(value: Scalar) -> Scalar:
    """Give a text without blanks at its ends."""
    pieces = list(value.pieces)
    if pieces and isinstance(pieces[0], str):
        pieces[0] = pieces[0].lstrip()
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].rstrip()
    return replace(value, pieces=tuple(piece for piece in pieces if piece != ""))


def where_known(part: Part, condition: Expression) -> Part:
    """Leave out of a part, and of all in it, the condition that is known to hold."""
    value = part.value
    if not isinstance(value, Scalar):
        value = replace(value, parts=tuple(where_known(one, condition) for one in value.parts))
    return replace(part, value=value, condition=within(part.condition, condition))


def expressions_in(value: Value) -> Iterator[Expression]:
    """Give every expression in the texts of a value."""
    for one in scalars(value):
        yield from (piece for piece in one.pieces if not isinstance(piece, str))


def mapped(value: _Value, change: Callable[[Expression], Expression]) -> _Value:
    """Give the same value with each of its expressions changed; one that becomes plain is plain text."""
    if isinstance(value, Scalar):
        pieces = [piece if isinstance(piece, str) else change(piece) for piece in value.pieces]
        return replace(value, pieces=tuple(str(one.value) if isinstance(one, nodes.Const) else one for one in pieces))
    parts = tuple(replace(part, value=mapped(part.value, change)) for part in value.parts)
    return replace(value, parts=parts)
