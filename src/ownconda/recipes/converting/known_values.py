"""What of an expression is known before a build: its value, the elements of its list, its size."""

from collections.abc import Iterator

from jinja2 import nodes

from ownconda.recipes.converting.expressions import Expression, both, free_names, negated
from ownconda.recipes.v0.templates import value_of
from ownconda.recipes.v0.values import TemplateError

MOST_NODES = 2_000
"""How many parts the expression may have that a variable is set to."""


def folded(node: Expression) -> nodes.Const | None:
    """Give the value of an expression that asks for nothing outside; None for one that does."""
    if isinstance(node, nodes.Const):
        return node
    if next(free_names(node), None) is not None:
        return None
    try:
        return nodes.Const(value_of(node, {}))
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
        return None


def elements(node: Expression, when: Expression) -> Iterator[tuple[Expression, Expression | None]]:
    """Give the elements of a list, each with its condition; None where it isn't known."""
    if isinstance(node, nodes.List | nodes.Tuple):
        yield from ((item, when) for item in node.items)
    elif isinstance(node, nodes.Const) and isinstance(node.value, list | tuple | str | range):
        yield from ((nodes.Const(item), when) for item in node.value)
    elif isinstance(node, nodes.Add):
        yield from elements(node.left, when)
        yield from elements(node.right, when)
    elif isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        first, second = (list(elements(one, when)) for one in (node.expr1, node.expr2))
        common = [one for one, _ in second]
        yield from ((one, found if one in common else _and(found, node.test)) for one, found in first)
        yield from ((one, _and(found, negated(node.test))) for one, found in second if one not in [e for e, _ in first])
    else:
        yield node, None


def _and(left: Expression | None, right: Expression) -> Expression | None:
    return None if left is None else both(left, right)


def is_large(node: nodes.Node) -> bool:
    """Tell whether a tree has too many nodes, without going through all of them."""
    waiting = [node]
    count = 0
    while waiting and count <= MOST_NODES:
        waiting += waiting.pop().iter_child_nodes()
        count += 1
    return count > MOST_NODES
