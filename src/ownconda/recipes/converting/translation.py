"""Expressions of conda-build's recipes said in the words of rattler-build's."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from types import MappingProxyType

from jinja2 import TemplateSyntaxError, nodes

from ownconda.recipes.converting.calls import call, environment, is_environ, is_set
from ownconda.recipes.converting.expressions import (
    FALSE,
    TRUE,
    Expression,
    both,
    either,
    filtered,
    joined,
    negated,
    parse_expression,
    rebuilt,
)
from ownconda.recipes.converting.naming import (
    Names,
    UntranslatableError,
    named,
    undefined_names,
    value_of_name,
    with_default,
)
from ownconda.recipes.converting.variant_comparisons import matches, variant_comparison
from ownconda.recipes.v0.selectors import parse_selector

_TURNED: Mapping[str, str] = MappingProxyType({"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq"})
_FILTERS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("replace", "lower", "upper", "int", "abs", "default", "first", "last", "length")},
        **{name: name for name in ("list", "join", "min", "max", "reverse", "sort", "trim", "unique", "split")},
        "d": "default",
        "count": "length",
        "version_to_buildstring": "version_to_buildstring",
    }
)
_SEPARATORS: Mapping[str, str] = MappingProxyType({"sep": "'\\\\' if win else '/'", "pathsep": "';' if win else ':'"})
_TESTS = frozenset(
    {"defined", "undefined", "none", "odd", "even", "number", "integer", "string", "sequence"}
    | {"startingwith", "endingwith"}
)
_TO_NUMBERS = (nodes.Name("int", "load"), nodes.Name("float", "load"))
_PYTHON_NUMBER = re.compile(r"py(\d)(\d+)")


def selector_expression(text: str) -> Expression:
    """Parse a selector, such as ``win and py<39``, as conda-build's own words.

    Raises WrongInputError when it is no condition, UntranslatableError when it is one that Jinja can't say.
    """
    parse_selector(text)  # refuses what isn't allowed in one
    try:
        return parse_expression(text.strip())
    except TemplateSyntaxError as error:
        raise UntranslatableError(f"the selector [{text}] can't be said in Jinja: {error.message}") from error


def condition(node: Expression, names: Names) -> Expression:  # noqa: PLR0911  (one for each kind)
    """Translate an expression that is asked only whether it is true.

    Raises UntranslatableError.
    """
    if isinstance(node, nodes.And | nodes.Or):
        join = both if isinstance(node, nodes.And) else either
        return join(condition(node.left, names), condition(node.right, names))
    if isinstance(node, nodes.Not):
        return negated(condition(node.node, names))
    if isinstance(node, nodes.Const):
        return TRUE if node.value else FALSE
    if isinstance(node, nodes.Tuple | nodes.List):
        return TRUE if node.items else FALSE
    if isinstance(node, nodes.CondExpr):
        return _chosen_condition(node, names)
    if isinstance(node, nodes.Name):
        return _truth(node, names)
    if isinstance(node, nodes.Compare):
        return reduce(both, (_comparison(*one, names) for one in _single_comparisons(node)))
    return translated(node, names)


def translated(node: Expression, names: Names) -> Expression:
    """Translate an expression.

    Raises UntranslatableError.
    """
    way = _WAYS.get(type(node))
    if way is not None:
        return way(node, names)
    if not isinstance(node, _SAME):
        raise UntranslatableError(f"{type(node).__name__.lower()} has no counterpart in an expression of v1")
    return rebuilt(node, lambda child: _translated_part(child, names))


def _translated_part(node: nodes.Node, names: Names) -> nodes.Node:
    if isinstance(node, nodes.Expr):
        return translated(node, names)
    return rebuilt(node, lambda child: _translated_part(child, names))


def _truth(node: nodes.Name, names: Names) -> Expression:
    pinned = _PYTHON_NUMBER.fullmatch(node.name)
    if pinned and node.name not in names.context:
        return matches("python", f"{pinned[1]}.{pinned[2]}.*")
    if node.name in {"py", "np"} and node.name not in names.context:
        return TRUE
    return with_default(named(node, names), FALSE, names)


def _chosen_condition(node: nodes.CondExpr, names: Names) -> Expression:
    test = condition(node.test, names)
    first = condition(node.expr1, names)
    second = FALSE if node.expr2 is None else condition(node.expr2, names)
    return either(both(test, first), both(negated(test), second))


def _single_comparisons(node: nodes.Compare) -> Iterator[tuple[Expression, str, Expression]]:
    """Take ``27 < py < 36`` apart."""
    left = node.expr
    for operand in node.ops:
        yield left, operand.op, operand.expr
        left = operand.expr


def _comparison(left: Expression, sign: str, right: Expression, names: Names) -> Expression:
    if isinstance(left, nodes.Const) and not isinstance(right, nodes.Const) and sign not in {"in", "notin"}:
        left, right, sign = right, left, _TURNED.get(sign, sign)
    left = _number(left)
    if isinstance(left, nodes.Name) and left.name not in names.context:
        found = variant_comparison(left, sign, right, names)
        if found is not None:
            return found
    if sign in {"in", "notin"} and is_environ(right):
        return is_set(left) if sign == "in" else negated(is_set(left))
    return nodes.Compare(translated(left, names), [nodes.Operand(sign, translated(right, names))])


def _number(node: Expression) -> Expression:
    """Take ``int(float(vc))`` for ``vc``: versions are compared as versions."""
    while isinstance(node, nodes.Call) and node.node in _TO_NUMBERS and len(node.args) == 1:
        [node] = node.args
    while isinstance(node, nodes.Filter) and node.name in {"int", "float"} and isinstance(node.node, nodes.Name):
        node = node.node
    return node


def _choice(node: nodes.CondExpr, names: Names) -> Expression:
    test = condition(node.test, names)
    other = None if node.expr2 is None else translated(node.expr2, names)
    return chosen(test, translated(node.expr1, names), other)


def chosen(test: Expression, first: Expression, second: Expression | None) -> Expression:
    """Give ``first`` where ``test`` holds, and ``second`` elsewhere."""
    if test == TRUE or first == second:
        return first
    if test == FALSE:
        return nodes.Const("") if second is None else second
    return nodes.CondExpr(test, first, second)


def _logic(node: nodes.And | nodes.Or, names: Names) -> Expression:
    """Say ``mpi or 'nompi'`` with a default, since what is undefined is an error in v1."""
    if isinstance(node, nodes.Or) and isinstance(node.left, nodes.Name):
        left = named(node.left, names)
        if undefined_names(left, names) or node.left.name not in names.context:
            return filtered(left, "default", translated(node.right, names))
    return rebuilt(node, lambda child: _translated_part(child, names))


def _truth_value(node: Expression, names: Names) -> Expression:
    return condition(node, names)


def _filter(node: nodes.Filter, names: Names) -> Expression:
    if node.node is None or node.name not in _FILTERS:
        if node.name == "string" and node.node is not None:
            return translated(node.node, names)
        raise UntranslatableError(f"the filter {node.name!r} isn't there in v1")
    held = translated(node.node, names)
    arguments = [translated(one, names) for one in node.args]
    keywords = [nodes.Keyword(one.key, translated(one.value, names)) for one in node.kwargs]
    return nodes.Filter(held, _FILTERS[node.name], arguments, keywords, None, None)


def _test(node: nodes.Test, names: Names) -> Expression:
    if node.name not in _TESTS:
        raise UntranslatableError(f"the test {node.name!r} isn't there in v1")
    held = named(node.node, names) if isinstance(node.node, nodes.Name) else translated(node.node, names)
    return nodes.Test(held, node.name, [*(node.args or ())], [], None, None)


def _remainder(node: nodes.Mod, names: Names) -> Expression:
    """Say ``"python%s" % py`` as ``"python" ~ py``."""
    if not (isinstance(node.left, nodes.Const) and isinstance(node.left.value, str)):
        return rebuilt(node, lambda child: _translated_part(child, names))
    given = list(node.right.items) if isinstance(node.right, nodes.Tuple) else [node.right]
    pieces = node.left.value.split("%s")
    if len(pieces) != len(given) + 1 or "%" in "".join(pieces):
        raise UntranslatableError(f"the format {node.left.value!r} can't be said in v1")
    parts: list[Expression] = []
    for piece, value in zip(pieces, [*given, None], strict=True):
        parts += [nodes.Const(piece)] if piece else []
        parts += [translated(value, names)] if value is not None else []
    return joined(parts)


def _sum(node: nodes.Add, names: Names) -> Expression:
    """Say with ``~`` what adds text."""
    left, right = (translated(side, names) for side in (node.left, node.right))
    parts = [*(left.nodes if isinstance(left, nodes.Concat) else [left]), right]
    if any(isinstance(part, nodes.Const) and isinstance(part.value, str) for part in parts):
        return joined(parts)
    return nodes.Add(_as_number(left, names), _as_number(right, names))


def _product(node: nodes.BinExpr, names: Names) -> Expression:
    return type(node)(*(_as_number(translated(side, names), names) for side in (node.left, node.right)))


def _as_number(node: Expression, names: Names) -> Expression:
    """Make a number of what v1 has as text."""
    if isinstance(node, nodes.Name) and (node.name in names.texts or node.name in names.variants):
        return filtered(node, "int")
    return node


def _item(node: nodes.Getitem, names: Names) -> Expression:
    if is_environ(node.node):
        return environment([node.arg], names, partial(translated, names=names))
    return rebuilt(node, lambda child: _translated_part(child, names))


def _attribute(node: nodes.Getattr, names: Names) -> Expression:  # noqa: ARG001  (one signature for all)
    if node.node == nodes.Name("os", "load") and node.attr in _SEPARATORS:
        return parse_expression(_SEPARATORS[node.attr])
    raise UntranslatableError(f".{node.attr} isn't there in v1")


def _called(node: nodes.Call, names: Names) -> Expression:
    return call(node, names, partial(translated, names=names))


_SAME = (
    nodes.Const,
    nodes.TemplateData,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Slice,
    nodes.Concat,
    nodes.Neg,
    nodes.Pos,
)
_WAYS: Mapping[type[nodes.Node], Callable[..., Expression]] = MappingProxyType(
    {
        nodes.Name: value_of_name,
        nodes.CondExpr: _choice,
        nodes.And: _logic,
        nodes.Or: _logic,
        nodes.Not: _truth_value,
        nodes.Compare: _truth_value,
        nodes.Filter: _filter,
        nodes.Test: _test,
        nodes.Mod: _remainder,
        nodes.Add: _sum,
        **dict.fromkeys((nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Pow), _product),
        nodes.Call: _called,
        nodes.Getitem: _item,
        nodes.Getattr: _attribute,
    }
)
