"""Jinja expressions as values: parsed from text, put together, and written as text again."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from jinja2 import Environment, TemplateSyntaxError, nodes

Expression = nodes.Expr
"""A tree of Jinja's nodes. Equal trees compare equal; none is changed once it is made."""

TRUE: Expression = nodes.Const(True)  # noqa: FBT003  (Jinja's own class)
FALSE: Expression = nodes.Const(False)  # noqa: FBT003  (likewise)

_Node = TypeVar("_Node", bound=nodes.Node)

_ENVIRONMENT = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  (it only parses, and makes no HTML)


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
    if left == TRUE or left == right:
        return right
    if right == TRUE:
        return left
    return FALSE if FALSE in (left, right) else nodes.And(left, right)


def either(left: Expression, right: Expression) -> Expression:
    """Give the condition that one of them holds."""
    if left == FALSE or left == right:
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


def written(node: nodes.Node) -> str:
    """Write an expression as text, with as few brackets as it needs."""
    return _written(node)[0]


# How tightly each kind binds; a child that binds less tightly than it has to gets brackets.
_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _CONCAT, _PRODUCT, _SIGN, _POWER, _FILTER, _ATOM = range(12)


def _written(node: nodes.Node) -> tuple[str, int]:
    way = _WAYS.get(type(node))
    if way is None:
        raise TypeError(f"{type(node).__name__} can't be written")
    return way(node)


def _within(node: nodes.Node, least: int) -> str:
    text, strength = _written(node)
    return text if strength >= least else f"({text})"


def _constant(node: nodes.Const) -> tuple[str, int]:
    value = node.value
    if isinstance(value, str):
        return _quoted(value), _ATOM
    if isinstance(value, list | tuple):
        return written(nodes.List([nodes.Const(one) for one in value])), _ATOM
    return {True: "true", False: "false", None: "none"}.get(value, str(value)) if _is_word(value) else str(value), _ATOM


def _is_word(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _quoted(text: str) -> str:
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _choice(node: nodes.CondExpr) -> tuple[str, int]:
    text = f"{_within(node.expr1, _OR)} if {_within(node.test, _OR)}"
    if node.expr2 is None or node.expr2 == nodes.Const(None):
        return text, _CHOICE
    return f"{text} else {_within(node.expr2, _CHOICE)}", _CHOICE


def _comparison(node: nodes.Compare) -> tuple[str, int]:
    text = _within(node.expr, _SUM)
    for operand in node.ops:
        text += f" {_SIGNS[operand.op]} {_within(operand.expr, _SUM)}"
    return text, _COMPARE


def _filter(node: nodes.Filter) -> tuple[str, int]:
    arguments = _arguments(node)
    called = f"{node.name}({arguments})" if arguments else node.name
    held = _within(node.node, _FILTER) if node.node is not None else ""
    return f"{held} | {called}", _FILTER


def _negation(node: nodes.Not) -> tuple[str, int]:
    if isinstance(node.node, nodes.Test):
        return _test(node.node, word="is not")
    return f"not {_within(node.node, _COMPARE)}", _NOT


def _test(node: nodes.Test, *, word: str = "is") -> tuple[str, int]:
    arguments = _arguments(node)
    called = f"{node.name}({arguments})" if arguments else node.name
    return f"{_within(node.node, _FILTER)} {word} {called}", _COMPARE


def _call(node: nodes.Call) -> tuple[str, int]:
    if node.node == nodes.Name("match", "load"):  # as its documentation writes it
        return f"match({', '.join(written(one) for one in node.args)})", _ATOM
    return f"{_within(node.node, _ATOM)}({_arguments(node)})", _ATOM


def _arguments(node: nodes.Call | nodes.Filter | nodes.Test) -> str:
    positional = [_argument(one) for one in node.args or ()]
    return ", ".join([*positional, *(f"{one.key}={_argument(one.value)}" for one in node.kwargs or ())])


def _argument(node: Expression) -> str:
    """Write an argument: a text in single quotes, as recipes have it."""
    text = node.value if isinstance(node, nodes.Const) else None
    if isinstance(text, str) and text.isprintable() and not set("'\\\"") & set(text):
        return f"'{text}'"
    return written(node)


def _item(node: nodes.Getitem) -> tuple[str, int]:
    return f"{_within(node.node, _ATOM)}[{written(node.arg)}]", _ATOM


def _slice(node: nodes.Slice) -> tuple[str, int]:
    ends = ":".join("" if one is None else written(one) for one in (node.start, node.stop))
    return ends if node.step is None else f"{ends}:{written(node.step)}", _ATOM


def _attribute(node: nodes.Getattr) -> tuple[str, int]:
    return f"{_within(node.node, _ATOM)}.{node.attr}", _ATOM


def _list(node: nodes.List | nodes.Tuple) -> tuple[str, int]:
    return f"[{', '.join(written(one) for one in node.items)}]", _ATOM


def _dictionary(node: nodes.Dict) -> tuple[str, int]:
    return f"{{{', '.join(f'{written(one.key)}: {written(one.value)}' for one in node.items)}}}", _ATOM


def _between(sign: str, strength: int) -> Callable[..., tuple[str, int]]:
    def write(node: nodes.BinExpr) -> tuple[str, int]:
        return f"{_within(node.left, strength)} {sign} {_within(node.right, strength + 1)}", strength

    return write


def _logic(sign: str, strength: int) -> Callable[..., tuple[str, int]]:
    def write(node: nodes.And | nodes.Or) -> tuple[str, int]:
        # `and` inside `or` needs no brackets, but readers do
        sides = (_within(side, strength if type(side) is type(node) else _NOT) for side in (node.left, node.right))
        return f" {sign} ".join(sides), strength

    return write


_SIGNS: Mapping[str, str] = MappingProxyType(
    {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}
)
_OPPOSITES: Mapping[str, str] = MappingProxyType({"eq": "ne", "ne": "eq", "in": "notin", "notin": "in"})
_WAYS: Mapping[type[nodes.Node], Callable[..., tuple[str, int]]] = MappingProxyType(
    {
        nodes.Name: lambda node: (node.name, _ATOM),
        nodes.Const: _constant,
        nodes.TemplateData: lambda node: (_quoted(node.data), _ATOM),
        nodes.CondExpr: _choice,
        nodes.Or: _logic("or", _OR),
        nodes.And: _logic("and", _AND),
        nodes.Not: _negation,
        nodes.Compare: _comparison,
        nodes.Add: _between("+", _SUM),
        nodes.Sub: _between("-", _SUM),
        nodes.Concat: lambda node: (" ~ ".join(_within(one, _PRODUCT) for one in node.nodes), _CONCAT),
        nodes.Mul: _between("*", _PRODUCT),
        nodes.Div: _between("/", _PRODUCT),
        nodes.FloorDiv: _between("//", _PRODUCT),
        nodes.Mod: _between("%", _PRODUCT),
        nodes.Pow: _between("**", _POWER),
        nodes.Neg: lambda node: (f"-{_within(node.node, _POWER)}", _SIGN),
        nodes.Pos: lambda node: (f"+{_within(node.node, _POWER)}", _SIGN),
        nodes.Filter: _filter,
        nodes.Test: _test,
        nodes.Call: _call,
        nodes.Getitem: _item,
        nodes.Slice: _slice,
        nodes.Getattr: _attribute,
        nodes.List: _list,
        nodes.Tuple: _list,
        nodes.Dict: _dictionary,
    }
)
