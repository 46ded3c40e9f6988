"""Expressions of templates, evaluated node by node; only the kinds listed at the end of this file are known."""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.v0 import filters
from ownconda.recipes.v0.applying import apply, passes
from ownconda.recipes.v0.members import member
from ownconda.recipes.v0.template_runs import Run, items_of
from ownconda.recipes.v0.values import Function, TemplateError, Undefined, as_text, weight


def value_of_node(run: Run, node: nodes.Node) -> object:
    """Give the value of an expression. Raises TemplateError for one of a kind that isn't known."""
    run.effort.spend()
    way = _EXPRESSIONS.get(type(node))
    if way is None:
        raise TemplateError(f"{type(node).__name__} isn't allowed in a recipe")
    return way(run, node)


def _name(run: Run, node: nodes.Name) -> object:
    return run.meaning(node.name)


def _constant(run: Run, node: nodes.Const) -> object:  # noqa: ARG001  (one signature for all)
    return node.value


def _data(run: Run, node: nodes.TemplateData) -> object:  # noqa: ARG001  (likewise)
    return node.data


def _list(run: Run, node: nodes.List) -> object:
    return run.effort.checked([value_of_node(run, item) for item in node.items])


def _tuple(run: Run, node: nodes.Tuple) -> object:
    return run.effort.checked(tuple(value_of_node(run, item) for item in node.items))


def _dict(run: Run, node: nodes.Dict) -> object:
    return run.effort.checked({value_of_node(run, pair.key): value_of_node(run, pair.value) for pair in node.items})


def _signed(run: Run, node: nodes.UnaryExpr) -> object:
    value = value_of_node(run, node.node)
    if isinstance(node, nodes.Not):
        return not value
    if isinstance(value, Undefined):
        return run.miss(value)
    return _SIGNS[type(node)](value)


def _and(run: Run, node: nodes.And) -> object:
    left = value_of_node(run, node.left)
    return value_of_node(run, node.right) if left else left


def _or(run: Run, node: nodes.Or) -> object:
    left = value_of_node(run, node.left)
    return left or value_of_node(run, node.right)


def _calculated(run: Run, node: nodes.BinExpr) -> object:
    left, right = value_of_node(run, node.left), value_of_node(run, node.right)
    for operand in (left, right):
        if isinstance(operand, Undefined):
            return run.miss(operand)
    if isinstance(node, nodes.Mod) and isinstance(left, str):
        return filters.percent(run.effort, left, *(right if isinstance(right, tuple) else (right,)))
    if isinstance(node, nodes.Mul):
        _check_product(run, left, right)
    if isinstance(node, nodes.Pow):
        _check_power(left, right)
    return run.effort.checked(_ARITHMETIC[type(node)](left, right))


def _check_product(run: Run, left: object, right: object) -> None:
    if isinstance(right, int):
        run.effort.multiplied(left, right)
    if isinstance(left, int):
        run.effort.multiplied(right, left)


def _check_power(left: object, right: object) -> None:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TemplateError("only numbers have powers")
    if abs(right) > 256 or abs(left) > 2**64:  # noqa: PLR2004  (more than any recipe needs)
        raise TemplateError("a number becomes too large")


def _concatenated(run: Run, node: nodes.Concat) -> object:
    values = [value_of_node(run, part) for part in node.nodes]
    for value in values:
        if isinstance(value, Undefined):
            run.miss(value)
    return filters.joined(run.effort, values)


def _compared(run: Run, node: nodes.Compare) -> object:
    left = value_of_node(run, node.expr)
    for operand in node.ops:
        right = value_of_node(run, operand.expr)
        ordered = operand.op in _ORDERED
        for value in (left, right):
            if isinstance(value, Undefined):
                run.miss(value)
                if ordered:
                    return value
        run.effort.spend(weight(left) + weight(right) - 2)
        if not _COMPARISONS[operand.op](left, right):
            return False
        left = right
    return True


def _chosen(run: Run, node: nodes.CondExpr) -> object:
    if value_of_node(run, node.test):
        return value_of_node(run, node.expr1)
    return Undefined("else") if node.expr2 is None else value_of_node(run, node.expr2)


def _attribute(run: Run, node: nodes.Getattr) -> object:
    return member(run, value_of_node(run, node.node), node.attr)


def _item(run: Run, node: nodes.Getitem) -> object:
    holder = value_of_node(run, node.node)
    if isinstance(holder, Undefined):
        return run.miss(holder)
    if isinstance(node.arg, nodes.Slice):
        if not isinstance(holder, str | list | tuple):
            raise TemplateError(f"{as_text(holder)[:40]!r} can't be cut")
        return holder[_cut(run, node.arg)]
    key = value_of_node(run, node.arg)
    try:
        return holder[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return member(run, holder, key) if isinstance(key, str) else Undefined(f"[{key}]")


def _cut(run: Run, node: nodes.Slice) -> slice:
    bounds = [None if part is None else value_of_node(run, part) for part in (node.start, node.stop, node.step)]
    return slice(*(None if isinstance(bound, Undefined) else bound for bound in bounds))


def _called(run: Run, node: nodes.Call) -> object:
    called = value_of_node(run, node.node)
    given = [value_of_node(run, argument) for argument in node.args]
    named = {pair.key: value_of_node(run, pair.value) for pair in node.kwargs}
    if node.dyn_args is not None:
        given += items_of(run, value_of_node(run, node.dyn_args))
    if isinstance(called, Undefined):
        return run.miss(called)
    if not isinstance(called, Function):
        raise TemplateError(f"{as_text(called)[:40]!r} can't be called")
    return run.effort.checked(called.call(*given, **named))


def _filter(run: Run, node: nodes.Filter) -> object:
    if node.node is None:
        raise TemplateError("a filter needs a value")
    return _apply_node(run, node, value_of_node(run, node.node))


def filtered(run: Run, node: nodes.Filter, value: object) -> object:
    """Send a block's text through the filters named at its head."""
    inner = filtered(run, node.node, value) if isinstance(node.node, nodes.Filter) else value
    return _apply_node(run, node, inner)


def _apply_node(run: Run, node: nodes.Filter, value: object) -> object:
    given = [value_of_node(run, argument) for argument in node.args]
    named = {str(pair.key): value_of_node(run, pair.value) for pair in node.kwargs}
    return apply(run, node.name, value, given, named)


def _test(run: Run, node: nodes.Test) -> object:
    value = value_of_node(run, node.node)
    return passes(node.name, value, [value_of_node(run, argument) for argument in node.args])


_ARITHMETIC: Mapping[type[nodes.Node], Callable[..., object]] = MappingProxyType(
    {
        nodes.Add: operator.add,
        nodes.Sub: operator.sub,
        nodes.Mul: operator.mul,
        nodes.Div: operator.truediv,
        nodes.FloorDiv: operator.floordiv,
        nodes.Mod: operator.mod,
        nodes.Pow: operator.pow,
    }
)
_SIGNS: Mapping[type[nodes.Node], Callable[..., object]] = MappingProxyType(
    {nodes.Neg: operator.neg, nodes.Pos: operator.pos}
)
_EXPRESSIONS: Mapping[type[nodes.Node], Callable[..., object]] = MappingProxyType(
    {
        nodes.Name: _name,
        nodes.Const: _constant,
        nodes.TemplateData: _data,
        nodes.List: _list,
        nodes.Tuple: _tuple,
        nodes.Dict: _dict,
        nodes.And: _and,
        nodes.Or: _or,
        nodes.Not: _signed,
        **dict.fromkeys(_SIGNS, _signed),
        **dict.fromkeys(_ARITHMETIC, _calculated),
        nodes.Concat: _concatenated,
        nodes.Compare: _compared,
        nodes.CondExpr: _chosen,
        nodes.Getattr: _attribute,
        nodes.Getitem: _item,
        nodes.Call: _called,
        nodes.Filter: _filter,
        nodes.Test: _test,
    }
)
_ORDERED = frozenset({"gt", "gteq", "lt", "lteq"})
_COMPARISONS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "gt": operator.gt,
        "gteq": operator.ge,
        "lt": operator.lt,
        "lteq": operator.le,
        "in": lambda left, right: not isinstance(right, Undefined) and left in right,
        "notin": lambda left, right: isinstance(right, Undefined) or left not in right,
    }
)
