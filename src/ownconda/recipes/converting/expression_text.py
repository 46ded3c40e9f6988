"""Jinja expressions written as text, as a packager would write them."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.expressions import Expression


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
    words = {True: "true", False: "false", None: "none"}
    return words[value] if value is None or isinstance(value, bool) else str(value), _ATOM


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
