"""Jinja templates in recipes: parsed by Jinja, and evaluated here, node by node.

Nothing of a template becomes a program: only the kinds of nodes listed at the end of this file are known, only the
filters, tests and methods of ``filters`` can be used, only a Function can be called, and all work is counted. A name
that nobody defines is empty text, as in conda-build's first pass, and is told.
"""

import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial
from types import MappingProxyType

from jinja2 import Environment, TemplateSyntaxError, nodes

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0 import filters
from ownconda.recipes.v0.values import LONGEST_TEXT, Effort, Function, TemplateError, Undefined, as_text, weight

MOST_TAGS = 10_000
LONGEST_RANGE = 100_000

_ENVIRONMENT = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  (it only parses, and makes no HTML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The text that a template becomes, and what was found undefined in it: the reasons, and the lines."""

    text: str
    undefined: Mapping[str, int]


def evaluate(text: str, names: Mapping[str, object], *, file: Where) -> Evaluated:
    """Evaluate a template where names mean what ``names`` says.

    Raises WrongInputError with the line when it can't be parsed, isn't allowed, or asks for too much.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Evaluated(text=text, undefined={})
    run = _Run(names=names)
    try:
        for piece in _pieces(text):
            run.offset = piece.offset
            run.write(piece.text)
            _write(run, piece.body)
    except TemplateSyntaxError as error:
        raise _fault(f"the template can't be understood: {error.message}", file, error.lineno) from error
    except RecursionError as error:
        raise _fault("the template is nested too deeply, or a macro calls itself", file, run.line) from error
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise _fault(f"the template can't be evaluated: {error}", file, run.line) from error
    return Evaluated(text="".join(run.written), undefined=run.undefined)


def value_of(expression: nodes.Expr, names: Mapping[str, object]) -> object:
    """Give the value of one expression.

    Raises TemplateError, or what Python raises, when it has none.
    """
    return _value(_Run(names=names), expression)


@dataclass(slots=True)
class _Run:
    """One evaluation: what names mean, from the outermost scope to the innermost, and what is written so far."""

    names: Mapping[str, object]
    scopes: list[dict[str, object]] = field(default_factory=lambda: [{}])
    written: list[str] = field(default_factory=list)
    length: int = 0
    line: int = 1
    offset: int = 0
    effort: Effort = field(default_factory=Effort)
    undefined: dict[str, int] = field(default_factory=dict)

    def meaning(self, name: str) -> object:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.names:
            return self.names[name]
        return _GLOBALS.get(name) or Undefined(name)

    def miss(self, value: Undefined) -> Undefined:
        """Note that an undefined value was used."""
        self.undefined.setdefault(value.reason, self.line)
        return value

    def write(self, text: str) -> None:
        self.length += len(text)
        if self.length > LONGEST_TEXT:
            raise TemplateError("the recipe becomes too long")
        self.written.append(text)


# Text to nodes


@dataclass(frozen=True, slots=True)
class _Piece:
    """Plain text, then nodes, whose line numbers count from ``offset``."""

    text: str
    body: list[nodes.Node]
    offset: int = 0


@lru_cache(maxsize=64)
def _pieces(text: str) -> tuple[_Piece, ...]:
    """Parse a template: tag by tag where each stands for itself, as most of them recur, else the whole."""
    if text.count("{{") + text.count("{%") > MOST_TAGS:
        raise TemplateError(f"it has more than {MOST_TAGS} expressions and statements")
    if not _NOT_ALONE.search(text):
        try:
            return tuple(_tags(text))
        except TemplateSyntaxError:
            pass  # of a tag that was cut at a delimiter in a string, or really; the whole text tells
    return (_Piece("", _parsed(text)),)


def _tags(text: str) -> Iterator[_Piece]:
    end = line = 0
    for tag in _TAG.finditer(text):
        before = text[end : tag.start()]
        line += before.count("\n")
        yield _Piece(before, [] if tag[0].startswith("{#") else _tag(tag[0]), line)
        line += tag[0].count("\n")
        end = tag.end()
    rest = text[end:]
    if "{{" in rest or "{%" in rest or "{#" in rest:
        raise TemplateSyntaxError("a tag has no end", line + 1)
    yield _Piece(rest, [])


@lru_cache(maxsize=16_384)
def _tag(text: str) -> list[nodes.Node]:
    return _parsed(text)


def _parsed(text: str) -> list[nodes.Node]:
    if "\\" not in text:
        return _ENVIRONMENT.parse(text).body
    with warnings.catch_warnings():  # Jinja reads '\d' as Python does, and that warns where a pattern is meant
        warnings.simplefilter("ignore")
        return _ENVIRONMENT.parse(text).body


_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# Whitespace control reaches beyond a tag, and so does every statement but `set` of a value.
_NOT_ALONE = re.compile(r"\{[{%#][-+]|[-+][}%#]\}|\{%(?!\s*set\s[^=%]*=)")


def _fault(what: str, file: Where, line: int) -> WrongInputError:
    return WrongInputError(what, where=Where(file=file.file, line=line))


# Statements


def _write(run: _Run, body: list[nodes.Node]) -> None:
    for node in body:
        run.line = run.offset + node.lineno
        run.effort.spend()
        way = _STATEMENTS.get(type(node))
        if way is None:
            raise TemplateError(f"{{% {type(node).__name__.lower()} %}} isn't allowed in a recipe")
        way(run, node)


def _output(run: _Run, node: nodes.Output) -> None:
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            run.write(part.data)
            continue
        run.line = run.offset + part.lineno
        value = _value(run, part)
        if isinstance(value, Undefined):
            run.miss(value)
        text = as_text(value)
        run.effort.checked(text)
        run.write(text)


def _assign(run: _Run, node: nodes.Assign) -> None:
    _bind(run, node.target, _value(run, node.node))


def _assign_block(run: _Run, node: nodes.AssignBlock) -> None:
    text: object = _captured(run, node.body)
    if node.filter is not None:
        text = _filtered(run, node.filter, text)
    _bind(run, node.target, text)


def _if(run: _Run, node: nodes.If) -> None:
    for branch in (node, *node.elif_):
        if _value(run, branch.test):
            return _write(run, branch.body)
    return _write(run, node.else_)


def _for(run: _Run, node: nodes.For) -> None:
    items = _items(run, _value(run, node.iter))
    if node.test is not None:
        items = [item for item in items if _kept(run, node, item)]
    for index, item in enumerate(items):
        run.effort.spend()
        run.scopes.append({"loop": _loop(items, index)})
        _bind(run, node.target, item)
        _write(run, node.body)
        run.scopes.pop()
    if not items:
        _write(run, node.else_)


def _kept(run: _Run, node: nodes.For, item: object) -> bool:
    run.scopes.append({})
    _bind(run, node.target, item)
    kept = node.test is None or bool(_value(run, node.test))
    run.scopes.pop()
    return kept


def _loop(items: list[object], index: int) -> Mapping[str, object]:
    length = len(items)
    return {
        "index": index + 1,
        "index0": index,
        "revindex": length - index,
        "revindex0": length - index - 1,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
        "previtem": items[index - 1] if index else Undefined("loop.previtem"),
        "nextitem": items[index + 1] if index + 1 < length else Undefined("loop.nextitem"),
    }


def _with(run: _Run, node: nodes.With) -> None:
    values = [_value(run, value) for value in node.values]
    run.scopes.append({})
    for target, value in zip(node.targets, values, strict=True):
        _bind(run, target, value)
    _write(run, node.body)
    run.scopes.pop()


def _filter_block(run: _Run, node: nodes.FilterBlock) -> None:
    run.write(as_text(_filtered(run, node.filter, _captured(run, node.body))))


def _macro(run: _Run, node: nodes.Macro) -> None:
    run.scopes[-1][node.name] = Function(partial(_call_macro, run, node))


def _call_macro(run: _Run, node: nodes.Macro, *given: object, **named: object) -> str:
    run.effort.spend(10)
    scope = dict(zip([argument.name for argument in node.args], given, strict=False)) | named
    without = len(node.args) - len(node.defaults)
    for argument, default in zip(node.args[without:], node.defaults, strict=True):
        if argument.name not in scope:
            scope[argument.name] = _value(run, default)
    outside, run.scopes = run.scopes, [run.scopes[0], scope]
    text = _captured(run, node.body)
    run.scopes = outside
    return text


def _captured(run: _Run, body: list[nodes.Node]) -> str:
    outside, run.written = run.written, []
    run.scopes.append({})
    _write(run, body)
    run.scopes.pop()
    text, run.written = "".join(run.written), outside
    return text


def _expression(run: _Run, node: nodes.ExprStmt) -> None:
    _value(run, node.node)


def _scope(run: _Run, node: nodes.Scope) -> None:
    run.scopes.append({})
    _write(run, node.body)
    run.scopes.pop()


def _bind(run: _Run, target: nodes.Node, value: object) -> None:
    if isinstance(target, nodes.Name):
        run.scopes[-1][target.name] = value
    elif isinstance(target, nodes.NSRef):
        holder = run.meaning(target.name)
        if not isinstance(holder, _Namespace):
            raise TemplateError(f"{target.name} is no namespace")
        holder.values[target.attr] = value
    elif isinstance(target, nodes.Tuple):
        values = _items(run, value)
        if len(values) != len(target.items):
            raise TemplateError(f"{len(values)} values can't be put under {len(target.items)} names")
        for one, item in zip(target.items, values, strict=True):
            _bind(run, one, item)
    else:
        raise TemplateError("that can't be given a value")


@dataclass(frozen=True, slots=True)
class _Namespace:
    """Jinja's ``namespace()``: names that a loop can change."""

    values: dict[str, object]


# Expressions


def _value(run: _Run, node: nodes.Node) -> object:
    run.effort.spend()
    way = _EXPRESSIONS.get(type(node))
    if way is None:
        raise TemplateError(f"{type(node).__name__} isn't allowed in a recipe")
    return way(run, node)


def _items(run: _Run, value: object) -> list[object]:
    if isinstance(value, Undefined):
        run.miss(value)
        return []
    if not isinstance(value, str | list | tuple | set | range | Mapping):
        raise TemplateError(f"{as_text(value)[:40]!r} has no items to go through")
    run.effort.spend(len(value) // 10)
    return list(value)


def _name(run: _Run, node: nodes.Name) -> object:
    return run.meaning(node.name)


def _constant(run: _Run, node: nodes.Const) -> object:  # noqa: ARG001  (one signature for all)
    return node.value


def _data(run: _Run, node: nodes.TemplateData) -> object:  # noqa: ARG001  (likewise)
    return node.data


def _list(run: _Run, node: nodes.List) -> object:
    return run.effort.checked([_value(run, item) for item in node.items])


def _tuple(run: _Run, node: nodes.Tuple) -> object:
    return run.effort.checked(tuple(_value(run, item) for item in node.items))


def _dict(run: _Run, node: nodes.Dict) -> object:
    return run.effort.checked({_value(run, pair.key): _value(run, pair.value) for pair in node.items})


def _signed(run: _Run, node: nodes.UnaryExpr) -> object:
    value = _value(run, node.node)
    if isinstance(node, nodes.Not):
        return not value
    if isinstance(value, Undefined):
        return run.miss(value)
    return _SIGNS[type(node)](value)


def _and(run: _Run, node: nodes.And) -> object:
    left = _value(run, node.left)
    return _value(run, node.right) if left else left


def _or(run: _Run, node: nodes.Or) -> object:
    left = _value(run, node.left)
    return left or _value(run, node.right)


def _calculated(run: _Run, node: nodes.BinExpr) -> object:
    left, right = _value(run, node.left), _value(run, node.right)
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


def _check_product(run: _Run, left: object, right: object) -> None:
    if isinstance(right, int):
        run.effort.multiplied(left, right)
    if isinstance(left, int):
        run.effort.multiplied(right, left)


def _check_power(left: object, right: object) -> None:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TemplateError("only numbers have powers")
    if abs(right) > 256 or abs(left) > 2**64:  # noqa: PLR2004  (more than any recipe needs)
        raise TemplateError("a number becomes too large")


def _concatenated(run: _Run, node: nodes.Concat) -> object:
    values = [_value(run, part) for part in node.nodes]
    for value in values:
        if isinstance(value, Undefined):
            run.miss(value)
    return filters.joined(run.effort, values)


def _compared(run: _Run, node: nodes.Compare) -> object:
    left = _value(run, node.expr)
    for operand in node.ops:
        right = _value(run, operand.expr)
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


def _chosen(run: _Run, node: nodes.CondExpr) -> object:
    if _value(run, node.test):
        return _value(run, node.expr1)
    return Undefined("else") if node.expr2 is None else _value(run, node.expr2)


def _attribute(run: _Run, node: nodes.Getattr) -> object:
    return _member(run, _value(run, node.node), node.attr)


def _item(run: _Run, node: nodes.Getitem) -> object:
    holder = _value(run, node.node)
    if isinstance(holder, Undefined):
        return run.miss(holder)
    if isinstance(node.arg, nodes.Slice):
        if not isinstance(holder, str | list | tuple):
            raise TemplateError(f"{as_text(holder)[:40]!r} can't be cut")
        return holder[_cut(run, node.arg)]
    key = _value(run, node.arg)
    try:
        return holder[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return _member(run, holder, key) if isinstance(key, str) else Undefined(f"[{key}]")


def _cut(run: _Run, node: nodes.Slice) -> slice:
    bounds = [None if part is None else _value(run, part) for part in (node.start, node.stop, node.step)]
    return slice(*(None if isinstance(bound, Undefined) else bound for bound in bounds))


def _member(run: _Run, holder: object, name: str) -> object:
    """Give what ``holder`` has under ``name``: an entry, or a method that is allowed."""
    if isinstance(holder, Undefined):
        return run.miss(holder.member(name))
    entries = holder.values if isinstance(holder, _Namespace) else holder
    if isinstance(entries, Mapping) and name in entries:
        found: object = entries[name]
    elif isinstance(holder, str) and name in _COUNTED_METHODS:
        found = Function(partial(_COUNTED_METHODS[name], run.effort, holder))
    elif any(isinstance(holder, kind) and name in methods for kind, methods in _METHODS):
        found = Function(partial(_method, run, holder, name))
    elif isinstance(holder, date | timedelta) and name in _TIME_FIELDS:
        found = getattr(holder, name, Undefined(name))
    else:
        found = Undefined(name)
    return found


def _method(run: _Run, holder: object, name: str, *given: object, **named: object) -> object:
    found = getattr(holder, name)(*given, **named)
    if isinstance(holder, list | dict):
        run.effort.checked(holder)
    return list(found) if name in {"items", "keys", "values"} else found


def _called(run: _Run, node: nodes.Call) -> object:
    called = _value(run, node.node)
    given = [_value(run, argument) for argument in node.args]
    named = {pair.key: _value(run, pair.value) for pair in node.kwargs}
    if node.dyn_args is not None:
        given += _items(run, _value(run, node.dyn_args))
    if isinstance(called, Undefined):
        return run.miss(called)
    if not isinstance(called, Function):
        raise TemplateError(f"{as_text(called)[:40]!r} can't be called")
    return run.effort.checked(called.call(*given, **named))


def _filter(run: _Run, node: nodes.Filter) -> object:
    if node.node is None:
        raise TemplateError("a filter needs a value")
    return _apply_node(run, node, _value(run, node.node))


def _filtered(run: _Run, node: nodes.Filter, value: object) -> object:
    """Send a block's text through the filters named at its head."""
    inner = _filtered(run, node.node, value) if isinstance(node.node, nodes.Filter) else value
    return _apply_node(run, node, inner)


def _apply_node(run: _Run, node: nodes.Filter, value: object) -> object:
    given = [_value(run, argument) for argument in node.args]
    named = {str(pair.key): _value(run, pair.value) for pair in node.kwargs}
    return _apply(run, node.name, value, given, named)


def _apply(run: _Run, name: str, value: object, given: list[object], named: Mapping[str, object]) -> object:
    if isinstance(value, Undefined) and name not in {"default", "d"}:
        run.miss(value)
    if name in filters.PLAIN_FILTERS:
        run.effort.checked(value)
        return run.effort.checked(filters.PLAIN_FILTERS[name](value, *given, **named))
    if name in filters.COUNTED_FILTERS:
        return run.effort.checked(filters.COUNTED_FILTERS[name](run.effort, value, *given, **named))
    if name in _CHOOSING:
        return run.effort.checked(_CHOOSING[name](run, value, given, named))
    raise TemplateError(f"no filter named {name!r} is known")


def _mapped(run: _Run, value: object, given: list[object], named: Mapping[str, object]) -> object:
    if "attribute" in named:
        return [_member_or_item(run, item, named["attribute"]) for item in _items(run, value)]
    name, *rest = given
    return [_apply(run, as_text(name), item, rest, named) for item in _items(run, value)]


def _selected(run: _Run, value: object, given: list[object], *, wanted: bool, by_attribute: bool) -> object:
    asked = list(given)
    attribute = asked.pop(0) if by_attribute else None
    test = as_text(asked.pop(0)) if asked else ""
    found = []
    for item in _items(run, value):
        one = _member_or_item(run, item, attribute) if by_attribute else item
        if _test_named(test, one, asked) is wanted:
            found.append(item)
    return found


def _member_or_item(run: _Run, holder: object, key: object) -> object:
    try:
        return holder[key]  # type: ignore[index]
    except (LookupError, TypeError):
        return _member(run, holder, as_text(key))


def _test(run: _Run, node: nodes.Test) -> object:
    value = _value(run, node.node)
    return _test_named(node.name, value, [_value(run, argument) for argument in node.args])


def _test_named(name: str, value: object, given: list[object]) -> bool:
    if not name:
        return bool(value)
    if name not in filters.TESTS:
        raise TemplateError(f"no test named {name!r} is known")
    weight(value)
    return bool(filters.TESTS[name](value, *given))


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise TemplateError(f"range() has {len(numbers)} numbers, {LONGEST_RANGE} are allowed")
    return numbers


def _namespace(*given: object, **named: object) -> object:
    return _Namespace(dict(*given, **named))


_GLOBALS: Mapping[str, object] = MappingProxyType(
    {
        "range": Function(_range),
        "namespace": Function(_namespace),
        "dict": Function(dict),
    }
)
_STATEMENTS: Mapping[type[nodes.Node], Callable[..., None]] = MappingProxyType(
    {
        nodes.Output: _output,
        nodes.Assign: _assign,
        nodes.AssignBlock: _assign_block,
        nodes.If: _if,
        nodes.For: _for,
        nodes.With: _with,
        nodes.FilterBlock: _filter_block,
        nodes.Macro: _macro,
        nodes.ExprStmt: _expression,
        nodes.Scope: _scope,
    }
)
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
_COUNTED_METHODS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "join": lambda effort, separator, items: filters.joined(effort, items, separator),
        "replace": filters.replaced,
        "zfill": filters.zero_filled,
        "format": filters.formatted,
    }
)
_METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (str, filters.STRING_METHODS),
    (list, filters.LIST_METHODS),
    (tuple, frozenset({"count", "index"})),
    (dict, filters.DICT_METHODS),
    (Mapping, filters.MAPPING_METHODS),
    (date, filters.TIME_METHODS),
)
_TIME_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second", "days"})
_CHOOSING: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "map": _mapped,
        "select": lambda run, value, given, _: _selected(run, value, given, wanted=True, by_attribute=False),
        "reject": lambda run, value, given, _: _selected(run, value, given, wanted=False, by_attribute=False),
        "selectattr": lambda run, value, given, _: _selected(run, value, given, wanted=True, by_attribute=True),
        "rejectattr": lambda run, value, given, _: _selected(run, value, given, wanted=False, by_attribute=True),
    }
)
