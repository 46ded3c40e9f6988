"""Jinja expressions as values: parsed from text, put together, asked for their names."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from jinja2 import Environment, TemplateSyntaxError, nodes

Expression = nodes.Expr
"""A tree of Jinja's nodes. Equal trees compare equal; none is changed once it is made."""

TRUE: Expression = nodes.Const(True)
FALSE: Expression = nodes.Const(False)

_Node = TypeVar("_Node", bound=nodes.Node)
_ENVIRONMENT = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  (it only parses, and makes no HTML)
_OPPOSITES: Mapping[str, str] = MappingProxyType({"eq": "ne", "ne": "eq", "in": "notin", "notin": "in"})


def parse_template(text: str) -> list[nodes.Node]:
    """Parse a whole template to its statements and outputs.

    Raises jinja2.TemplateSyntaxError.
    """
    return _ENVIRONMENT.parse(text).body


@lru_cache(maxsize=4_096)
def parse_expression(text: str) -> Expression:
    """Parse one expression.

    Raises jinja2.TemplateSyntaxError.
    """
    body = parse_template(f"{{{{ ({text}) }}}}")
    if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
        raise TemplateSyntaxError("is no expression", 1)
    return body[0].nodes[0]


def both(left: Expression, right: Expression) -> Expression:
    """Give the condition that both hold."""
    if left in (TRUE, right):
        return right
    if right == TRUE:
        return left
    return FALSE if FALSE in (left, right) else nodes.And(left, right)


def either(left: Expression, right: Expression) -> Expression:
    """Give the condition that one of them holds."""
    if left in (FALSE, right):
        return right
    if right == FALSE:
        return left
    return TRUE if TRUE in (left, right) else nodes.Or(left, right)


def negated(condition: Expression) -> Expression:
    """Give the opposite of a condition, without ``not`` where it can be said without."""
    if isinstance(condition, nodes.Not):
        return condition.node
    if isinstance(condition, nodes.Const):
        return FALSE if condition.value else TRUE
    if isinstance(condition, nodes.Compare) and len(condition.ops) == 1 and condition.ops[0].op in _OPPOSITES:
        [operand] = condition.ops
        return nodes.Compare(condition.expr, [nodes.Operand(_OPPOSITES[operand.op], operand.expr)])
    return nodes.Not(condition)


def free_names(node: nodes.Node) -> Iterator[str]:
    """Give the names that an expression asks for."""
    if isinstance(node, nodes.Name):
        yield node.name
    for child in node.iter_child_nodes():
        yield from free_names(child)


def rebuilt(node: _Node, change: Callable[[nodes.Node], nodes.Node]) -> _Node:
    """Give the same node with ``change`` made to each of its children."""
    fields = {
        name: [change(one) if isinstance(one, nodes.Node) else one for one in value]
        if isinstance(value, list)
        else change(value)
        if isinstance(value, nodes.Node)
        else value
        for name, value in node.iter_fields()
    }
    return type(node)(*(fields.get(name) for name in node.fields), lineno=node.lineno)


def replaced(node: Expression, values: Mapping[str, Expression]) -> Expression:
    """Give the same expression with others in the place of names."""

    def change(one: nodes.Node) -> nodes.Node:
        return values.get(one.name, one) if isinstance(one, nodes.Name) else rebuilt(one, change)

    found = change(node) if values else node
    return found if isinstance(found, nodes.Expr) else node


def joined(parts: list[Expression]) -> Expression:
    """Give the text that the parts make one after the other."""
    merged: list[Expression] = []
    for part in parts:
        if merged and isinstance(part, nodes.Const) and isinstance(merged[-1], nodes.Const):
            merged[-1] = nodes.Const(f"{merged[-1].value}{part.value}")
        else:
            merged.append(part)
    return merged[0] if len(merged) == 1 else nodes.Concat(merged) if merged else nodes.Const("")


def filtered(node: Expression, name: str, *arguments: Expression) -> Expression:
    """Give what a filter makes of an expression."""
    return nodes.Filter(node, name, list(arguments), [], None, None)


def called(function: str, *arguments: Expression, **keywords: Expression) -> Expression:
    """Give the call of a function."""
    named = [nodes.Keyword(key, value) for key, value in keywords.items()]
    return nodes.Call(nodes.Name(function, "load"), list(arguments), named, None, None)
