"""The sections of a recipe, each with what becomes of its fields: where they go, and what v1 has no place for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from ownconda.errors import Problem, Where
from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import Expression
from ownconda.recipes.converting.placing import Placed
from ownconda.recipes.converting.tree import Part, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What sections need to know: the file, what stands beside it, plain variables' values, how licences are named."""

    where: Where
    files: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    is_listed_licence: Callable[[str], bool] = bool

    def known_text(self, value: Scalar) -> str:
        """Give a text with the plain variables in it put in; other expressions stay as they would be written."""
        pieces = (piece if isinstance(piece, str) else self._known(piece) for piece in value.pieces)
        return "".join(pieces).strip()

    def _known(self, expression: Expression) -> str:
        if isinstance(expression, nodes.Name) and expression.name in self.values:
            return self.values[expression.name]
        if isinstance(expression, nodes.Filter) and expression.name == "lower" and expression.node is not None:
            return self._known(expression.node).lower()
        if isinstance(expression, nodes.Filter) and expression.name == "default" and expression.args:
            return self._known(expression.args[0])  # the name has no value
        if isinstance(expression, nodes.Concat):
            return "".join(self._known(one) for one in expression.nodes)
        return str(expression.value) if isinstance(expression, nodes.Const) else written(expression)

    def told(self, part: Part, what: str, *, hint: str | None = None) -> Problem:
        """Tell something about a part of the recipe."""
        return Problem(what=what, where=Where(file=self.where.file, line=part.line or None, field=part.key), hint=hint)


Found = Iterator[Placed | Problem]
"""What becomes of a section: parts at their places, and what has to be told."""
