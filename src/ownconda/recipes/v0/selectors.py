"""Selectors: the condition in ``# [win and py<39]`` that decides whether a line of a recipe counts.

A selector is parsed into a tree of the few things that conda-build allows in one, and that tree is walked; nothing of
it is ever run. A name that nobody defines is false, as it is for conda-build.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from ownconda.errors import WrongInputError

LONGEST = 2_000
"""How many characters a selector may have."""

DEEPEST = 50
"""How deep a selector's expressions may stand in each other."""

_LARGEST = 10_000  # a value's size: nothing in a selector is worth more


@dataclass(frozen=True, slots=True)
class Selector:
    """A condition, parsed: its text, its tree, and the names that it asks for."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    def holds(self, namespace: Mapping[str, object]) -> bool:
        """Tell whether the condition is met where names mean what ``namespace`` says.

        Raises WrongInputError where values don't fit together, such as ``"3" < 4``.
        """
        try:
            return bool(_value(self.tree, namespace))
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
            raise WrongInputError(f"the selector [{self.text}] can't be evaluated: {error}") from error


@lru_cache(maxsize=4_096)
def parse_selector(text: str) -> Selector:
    """Parse what stands between the brackets.

    Raises WrongInputError when it is no condition, or asks for what a selector may not do.
    """
    if len(text) > LONGEST:
        raise WrongInputError(f"the selector [{text[:40]}…] is {len(text)} characters long, {LONGEST} are allowed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on the spelling of literals
            tree = ast.parse(text.strip(), mode="eval").body
        names = frozenset(_checked(tree, depth=0))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise WrongInputError(
            f"the selector [{text}] can't be understood: {said}", hint="for example # [linux and py>=310]"
        ) from error
    return Selector(text, tree, names)


def _checked(node: ast.AST, *, depth: int) -> Iterator[str]:
    """Go through a tree, give the names in it, and refuse what isn't allowed."""
    if type(node) not in _ALLOWED:
        raise ValueError(f"{type(node).__name__} isn't allowed in a selector")
    if depth > DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES:
        raise ValueError(f"{node.attr!r} isn't allowed in a selector")
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
        if node.keywords or not (named or isinstance(node.func, ast.Attribute)):
            raise ValueError(f"{ast.unparse(node)!r} isn't allowed in a selector")
    for child in ast.iter_child_nodes(node):
        yield from _checked(child, depth=depth + 1)


def _value(node: ast.AST, namespace: Mapping[str, object]) -> object:
    found = _WAYS[type(node)](node, namespace)
    if isinstance(found, str | list | tuple) and len(found) > _LARGEST:
        raise ValueError("a value in it is too large")
    return found


def _name(node: ast.Name, namespace: Mapping[str, object]) -> object:
    return namespace.get(node.id, False)


def _constant(node: ast.Constant, namespace: Mapping[str, object]) -> object:  # noqa: ARG001  (one signature for all)
    return node.value


def _signed(node: ast.UnaryOp, namespace: Mapping[str, object]) -> object:
    return _UNARY[type(node.op)](_value(node.operand, namespace))


def _joined(node: ast.BoolOp, namespace: Mapping[str, object]) -> object:
    stops = isinstance(node.op, ast.Or)
    found: object = None
    for operand in node.values:
        found = _value(operand, namespace)
        if bool(found) is stops:
            break
    return found


def _compared(node: ast.Compare, namespace: Mapping[str, object]) -> object:
    left = _value(node.left, namespace)
    for sign, operand in zip(node.ops, node.comparators, strict=True):
        right = _value(operand, namespace)
        if not _COMPARISONS[type(sign)](left, right):
            return False
        left = right
    return True


def _calculated(node: ast.BinOp, namespace: Mapping[str, object]) -> object:
    left, right = _value(node.left, namespace), _value(node.right, namespace)
    if not isinstance(node.op, ast.Add) and not (isinstance(left, int | float) and isinstance(right, int | float)):
        raise TypeError("only numbers can be calculated with")
    if isinstance(left, int) and abs(left) > _LARGEST**4:
        raise ValueError("a number in it is too large")
    return _ARITHMETIC[type(node.op)](left, right)


def _chosen(node: ast.IfExp, namespace: Mapping[str, object]) -> object:
    return _value(node.body if _value(node.test, namespace) else node.orelse, namespace)


def _sequence(node: ast.Tuple | ast.List, namespace: Mapping[str, object]) -> object:
    return tuple(_value(element, namespace) for element in node.elts)


def _item(node: ast.Subscript, namespace: Mapping[str, object]) -> object:
    holder, key = _value(node.value, namespace), _value(node.slice, namespace)
    if isinstance(holder, Mapping):
        return holder[key]
    if isinstance(holder, str | tuple | list) and isinstance(key, int | slice):
        return holder[key]
    raise TypeError(f"{_kind(holder)} has no items")


def _slice(node: ast.Slice, namespace: Mapping[str, object]) -> object:
    return slice(*(None if part is None else _value(part, namespace) for part in (node.lower, node.upper, node.step)))


def _attribute(node: ast.Attribute, namespace: Mapping[str, object]) -> object:
    holder = _value(node.value, namespace)
    if isinstance(holder, OperatingSystem):
        return holder.attribute(node.attr)
    raise AttributeError(f"{_kind(holder)} has no {node.attr}")


def _called(node: ast.Call, namespace: Mapping[str, object]) -> object:
    given = [_value(argument, namespace) for argument in node.args]
    if isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*given)
    if not isinstance(node.func, ast.Attribute):
        raise TypeError("only a function or a method can be called")
    holder = _value(node.func.value, namespace)
    if isinstance(holder, OperatingSystem) and node.func.attr == "getenv":
        holder, method = holder.environ, "get"
    else:
        method = node.func.attr
    allowed = _STRING_METHODS if isinstance(holder, str) else _MAPPING_METHODS if isinstance(holder, Mapping) else ()
    if method not in allowed:
        raise AttributeError(f"{_kind(holder)} has no {method}")
    found: object = getattr(holder, method)(*given)
    return found


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """What of Python's ``os`` a recipe may ask for."""

    environ: Mapping[str, str]
    windows: bool = False

    def attribute(self, name: str) -> object:
        """Give ``environ``, ``sep`` or ``pathsep``."""
        known = {
            "environ": self.environ,
            "sep": "\\" if self.windows else "/",
            "pathsep": ";" if self.windows else ":",
        }
        if name not in known:
            raise AttributeError(f"os has no {name}")
        return known[name]


def _kind(value: object) -> str:
    return f"a value like {value!r}"[:80]


_STRING_METHODS = frozenset(
    {"endswith", "index", "lower", "rsplit", "split", "startswith", "strip", "upper", "join", "replace"}
)
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})
_ATTRIBUTES = _STRING_METHODS | _MAPPING_METHODS | {"environ", "getenv", "pathsep", "sep"}
_FUNCTIONS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {"int": int, "float": float, "len": len, "str": str, "bool": bool, "list": list, "tuple": tuple}
)
_UNARY: Mapping[type[ast.unaryop], Callable[..., object]] = MappingProxyType(
    {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
)
_ARITHMETIC: Mapping[type[ast.operator], Callable[..., object]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
    }
)
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Is: operator.is_,
        ast.IsNot: operator.is_not,
        ast.In: lambda left, right: left in right,
        ast.NotIn: lambda left, right: left not in right,
    }
)
_WAYS: Mapping[type[ast.AST], Callable[..., object]] = MappingProxyType(
    {
        ast.Name: _name,
        ast.Constant: _constant,
        ast.UnaryOp: _signed,
        ast.BoolOp: _joined,
        ast.Compare: _compared,
        ast.BinOp: _calculated,
        ast.IfExp: _chosen,
        ast.Tuple: _sequence,
        ast.List: _sequence,
        ast.Subscript: _item,
        ast.Slice: _slice,
        ast.Attribute: _attribute,
        ast.Call: _called,
    }
)
_ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {*_WAYS, *_UNARY, *_ARITHMETIC, *_COMPARISONS, ast.And, ast.Or, ast.Load}
)
