"""Lines that were walked, read as YAML: a tree with conditions, expressions and comments at their places."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import yaml
from jinja2 import nodes

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.converting.comment_places import with_comments
from ownconda.recipes.converting.conditions import excludes, follows, within
from ownconda.recipes.converting.expressions import TRUE, Expression
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, Value
from ownconda.recipes.converting.walking import MARK, Line

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRAILING = re.compile(r"\s#\s?(.*)$")


def read_tree(
    lines: Sequence[Line], expressions: Sequence[Expression], values: Mapping[str, str], *, where: Where
) -> tuple[Fields, tuple[str, ...]]:
    """Read the lines; also give the comments that stand after everything else.

    ``values`` are what plain variables are set to.

    Raises WrongInputError with the line when they are no YAML that a recipe can be.
    """
    text = "\n".join("" if line.is_comment else line.text for line in lines) + "\n"
    reader = _Reader(lines=lines, expressions=expressions, values=values, where=where)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise reader.problem(mark.line if mark else 0, f"isn't YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(root, yaml.MappingNode):
        raise WrongInputError("holds no mapping", where=where, hint="a recipe begins with package:")
    fields = reader.value(root)
    assert isinstance(fields, Fields)  # noqa: S101  (what a mapping is read to)
    return with_comments(fields, lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    lines: Sequence[Line]
    expressions: Sequence[Expression]
    where: Where
    values: Mapping[str, str]

    def problem(self, index: int, what: str) -> WrongInputError:
        line = self.lines[min(index, len(self.lines) - 1)].number if self.lines else None
        return WrongInputError(what, where=Where(file=self.where.file, line=line))

    def value(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.MappingNode):
            return Fields(parts=tuple(self._part(key, value) for key, value in node.value))
        if isinstance(node, yaml.SequenceNode):
            return Items(parts=_lifted(_with_starts_joined([self._part(None, item) for item in node.value])))
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101  (there is no other kind)
        return self._scalar(node)

    def _part(self, key: yaml.Node | None, node: yaml.Node) -> Part:
        mark = (key or node).start_mark
        line = self.lines[min(mark.line, len(self.lines) - 1)]
        return Part(
            key=None if key is None else self._key(key),
            value=self.value(node),
            condition=line.condition,
            remark=line.remark or self._remark(node),
            line=mark.line,
        )

    def _key(self, node: yaml.Node) -> str:
        """Give a key as text: what a plain variable in it is set to."""
        pieces = self._pieces(str(node.value))
        names = (piece.name if isinstance(piece, nodes.Name) else None for piece in pieces)
        said = [
            piece if isinstance(piece, str) else self.values.get(name or "")
            for piece, name in zip(pieces, names, strict=True)
        ]
        if any(one is None for one in said):
            raise self.problem(node.start_mark.line, "a field's name depends on something, which v1 can't have")
        return "".join(one for one in said if one is not None)

    def _remark(self, node: yaml.Node) -> str:
        """Give the comment at the end of the line on which a scalar ends."""
        if not isinstance(node, yaml.ScalarNode):
            return ""
        block = node.style in {"|", ">"}
        end = node.start_mark if block else node.end_mark
        found = _TRAILING.search(self.lines[end.line].text[end.column :] if end.line < len(self.lines) else "")
        return found[1].strip() if found else ""

    def _scalar(self, node: yaml.ScalarNode) -> Value:
        first, last = node.start_mark.line, node.end_mark.line - (1 if node.end_mark.column == 0 else 0)
        style = node.style or ""
        inside = self.lines[first + 1 : last + 1]
        if any(line.condition != self.lines[first].condition for line in inside if line.text.strip()):
            if style != "|":
                raise self.problem(first, "has a selector inside a text, which v1 can't have")
            return self._lines_of_text(inside)
        return Scalar(pieces=self._pieces(node.value), style=style)

    def _lines_of_text(self, lines: Sequence[Line]) -> Items:
        """Take a block of text whose lines have conditions for a list of lines."""
        return Items(
            parts=tuple(
                Part(value=Scalar(pieces=self._pieces(line.text.strip())), condition=line.condition, line=line.number)
                for line in lines
                if line.text.strip()
            )
        )

    def _pieces(self, text: str) -> tuple[str | Expression, ...]:
        parts = MARK.split(text)
        found = [self.expressions[int(part)] if index % 2 else part for index, part in enumerate(parts)]
        return tuple(part for part in found if part != "")


def _with_starts_joined(parts: Sequence[Part]) -> list[Part]:
    """Join items of which only the first lines exclude each other: they are alternatives of one field."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and _is_other_start(last, part):
            first, *rest = part.value.parts  # type: ignore[union-attr]
            alternatives = last.value.parts  # type: ignore[union-attr]
            joined[-1] = replace(last, value=Fields(parts=(*alternatives, first, *rest)), condition=TRUE)
        else:
            joined.append(part)
    return joined


def _is_other_start(last: Part, part: Part) -> bool:
    if not (isinstance(last.value, Fields) and isinstance(part.value, Fields)) or TRUE in (
        last.condition,
        part.condition,
    ):
        return False
    keys = {one.key for one in last.value.parts}
    rest = part.value.parts[1:]
    return (
        keys == {part.value.parts[0].key}
        and any(not follows(part.condition, one.condition) for one in rest)
        and excludes(last.condition, part.condition)
    )


def _lifted(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Leave out of an item's fields the condition that the whole item has."""
    return tuple(
        replace(part, value=Fields(parts=tuple(_within(one, part.condition) for one in part.value.parts)))
        if isinstance(part.value, Fields) and part.condition != TRUE
        else part
        for part in parts
    )


def _within(part: Part, condition: Expression) -> Part:
    return replace(part, condition=within(part.condition, condition))
