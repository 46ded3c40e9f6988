"""Expressions of conda-build's recipes said in the words of rattler-build's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jinja2 import TemplateSyntaxError, nodes

from ownconda.recipes.converting.expressions import (
    FALSE,
    TRUE,
    Expression,
    both,
    either,
    joined,
    negated,
    parse_expression,
    rebuilt,
)
from ownconda.recipes.v0.selectors import parse_selector

PLACES = frozenset(
    {"PREFIX", "BUILD_PREFIX", "SRC_DIR", "RECIPE_DIR", "PYTHON", "PERL", "R", "SP_DIR", "STDLIB_DIR", "CPU_COUNT"}
    | {"LIBRARY_PREFIX", "LIBRARY_BIN", "LIBRARY_INC", "LIBRARY_LIB", "SCRIPTS", "LUA"}
)
"""Variables that have a value only while a script runs."""

_PLATFORM = frozenset({"linux", "osx", "win", "unix", "aarch64", "arm64", "ppc64le", "s390x", "x86_64"})
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "x86": "x86 or x86_64",
        "linux32": "linux and x86",
        "linux64": "linux and x86_64",
        "win32": "win and x86",
        "win64": "win and x86_64",
        "arm": "linux and (armv6l or armv7l)",
        "nomkl": "false",
        "py2k": 'match(python, "<3")',
        "py3k": 'match(python, ">=3")',
        "PY_VER": "(python | split('.'))[:2] | join('.')",
        "CONDA_PY": "python | version_to_buildstring",
        "NPY_VER": "(numpy | split('.'))[:2] | join('.')",
        "CONDA_NPY": "numpy | version_to_buildstring",
        "PERL_VER": "(perl | split('.'))[:2] | join('.')",
        "R_VER": "r_base",
        "PKG_HASH": "hash",
        "ARCH": "(target_platform | split('-'))[1]",
        "SUBDIR": "target_platform",
        "py": "python | version_to_buildstring",
        "np": "numpy | version_to_buildstring",
    }
)
_GIVEN = frozenset(
    {*_PLATFORM, "x86", "armv6l", "armv7l", "riscv64", "emscripten", "wasm32", "target_platform", "build_platform"}
    | {"SHLIB_EXT", "hash", "env", "match", "compiler", "stdlib", "cdt", "pin_subpackage", "pin_compatible"}
)
"""Names that rattler-build itself defines."""

_LANGUAGES: Mapping[str, str] = MappingProxyType({"py": "python", "np": "numpy"})
_ORDERS: Mapping[str, str] = MappingProxyType({"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="})
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
_METHODS: Mapping[str, str] = MappingProxyType(
    {"split": "split", "replace": "replace", "lower": "lower", "upper": "upper", "strip": "trim"}
)
_SEPARATORS: Mapping[str, str] = MappingProxyType({"sep": "'\\\\' if win else '/'", "pathsep": "';' if win else ':'"})
_TESTS = frozenset(
    {"defined", "undefined", "none", "odd", "even", "number", "integer", "string", "sequence"}
    | {"startingwith", "endingwith"}
)
_PINS: Mapping[str, str] = MappingProxyType({"min_pin": "lower_bound", "max_pin": "upper_bound"})
_PYTHON_NUMBER = re.compile(r"py(\d)(\d+)")


class UntranslatableError(Exception):
    """An expression says what rattler-build has no words for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the names in expressions mean: those of the context, and the variant keys that somebody gives a value.

    ``package`` has what the recipe says of itself: ``PKG_NAME``, ``PKG_VERSION``, ``PKG_BUILDNUM``; ``texts`` are the
    variables of the context that v1 has as text even where they look like numbers.
    """

    context: Mapping[str, str] = field(default_factory=dict)
    variants: frozenset[str] = frozenset()
    package: Mapping[str, Expression] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()


def selector_expression(text: str) -> Expression:
    """Parse a selector, such as ``win and py<39``, as conda-build's own words.

    Raises WrongInputError when it is no condition, UntranslatableError when it is one that Jinja can't say.
    """
    parse_selector(text)  # refuses what isn't allowed in one
    try:
        return parse_expression(text.strip())
    except TemplateSyntaxError as error:
        raise UntranslatableError(f"the selector [{text}] can't be said in Jinja: {error.message}") from error


def condition(node: Expression, names: Names) -> Expression:
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
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return _comparison(node, names)
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


def undefined_names(node: nodes.Node, names: Names) -> frozenset[str]:
    """Give the names that nobody is known to define, which count as false or empty."""
    found = {one.name for one in node.find_all(nodes.Name)} | ({node.name} if isinstance(node, nodes.Name) else set())
    defined = {*names.context.values(), *names.variants, *names.package, *_GIVEN, *PLACES}
    return frozenset(found - defined)


# Conditions


def _truth(node: nodes.Name, names: Names) -> Expression:
    pinned = _PYTHON_NUMBER.fullmatch(node.name)
    if pinned and node.name not in names.context:
        return _matches("python", f"{pinned[1]}.{pinned[2]}.*")
    if node.name in {"py", "np"} and node.name not in names.context:
        return TRUE
    return _with_default(_named(node, names), FALSE, names)


def _with_default(node: Expression, default: Expression, names: Names) -> Expression:
    if isinstance(node, nodes.Name) and undefined_names(node, names):
        return _filtered(node, "default", default)
    return node


def _chosen_condition(node: nodes.CondExpr, names: Names) -> Expression:
    test = condition(node.test, names)
    first = condition(node.expr1, names)
    second = FALSE if node.expr2 is None else condition(node.expr2, names)
    return either(both(test, first), both(negated(test), second))


def _comparison(node: nodes.Compare, names: Names) -> Expression:
    left, [operand] = node.expr, node.ops
    right, sign = operand.expr, operand.op
    if isinstance(left, nodes.Const) and not isinstance(right, nodes.Const) and sign not in {"in", "notin"}:
        left, right, sign = right, left, _TURNED.get(sign, sign)
    left = _number(left)
    if isinstance(left, nodes.Name) and left.name not in names.context:
        if left.name in _LANGUAGES:
            return _language(left.name, sign, right)
        if isinstance(right, nodes.Const) and left.name not in _GIVEN:
            return _variant_comparison(left, sign, right, names)
    if sign in {"in", "notin"} and _is_environ(right):
        exists = nodes.Call(nodes.Getattr(nodes.Name("env", "load"), "exists", "load"), [left], [], None, None)
        return exists if sign == "in" else negated(exists)
    return nodes.Compare(translated(left, names), [nodes.Operand(sign, translated(right, names))])


def _number(node: Expression) -> Expression:
    """Take ``int(float(vc))`` for ``vc``: versions are compared as versions."""
    while isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in {"int", "float"}:
        [node] = node.args
    while isinstance(node, nodes.Filter) and node.name in {"int", "float"} and isinstance(node.node, nodes.Name):
        node = node.node
    return node


def _language(name: str, sign: str, right: Expression) -> Expression:
    """Say ``py < 38`` as ``match(python, "<3.8")``."""
    if isinstance(right, nodes.Tuple | nodes.List) and sign in {"in", "notin"}:
        found = FALSE
        for item in right.items:
            found = either(found, _language(name, "eq", item))
        return found if sign == "in" else negated(found)
    if not isinstance(right, nodes.Const) or not str(right.value).isdecimal():
        raise UntranslatableError(f"{name} can be compared with a number only")
    number = int(right.value)
    if number < 20:  # noqa: PLR2004  (every Python's and NumPy's two numbers together are more)
        return TRUE if sign in {"gt", "gteq", "ne"} else FALSE
    major, minor = str(number)[0], int(str(number)[1:])
    key = _LANGUAGES[name]
    if sign in {"eq", "ne"}:
        found = _matches(key, f"{major}.{minor}.*")
        return found if sign == "eq" else negated(found)
    below = sign in {"lt", "lteq"}
    bound = minor + 1 if sign in {"lteq", "gt"} else minor
    return _matches(key, f"{'<' if below else '>='}{major}.{bound}")


def _variant_comparison(left: nodes.Name, sign: str, right: nodes.Const, names: Names) -> Expression:
    """Compare a variant's value: they are text in v1, and versions where their order matters."""
    value = right.value
    if sign in _ORDERS:
        subject = _with_default(left, nodes.Const("0"), names)
        return nodes.Call(
            nodes.Name("match", "load"), [subject, nodes.Const(f"{_ORDERS[sign]}{value}")], [], None, None
        )
    if str(value) in {"True", "False"}:
        says_yes = (str(value) == "True") is (sign == "eq")
        plain = _with_default(left, FALSE, names)
        return plain if says_yes else negated(plain)
    text = nodes.Const(str(value)) if isinstance(value, int | float) else right
    return nodes.Compare(_with_default(left, nodes.Const(""), names), [nodes.Operand(sign, text)])


def _matches(key: str, spec: str) -> Expression:
    return nodes.Call(nodes.Name("match", "load"), [nodes.Name(key, "load"), nodes.Const(spec)], [], None, None)


# Values


def _name(node: nodes.Name, names: Names) -> Expression:
    """Translate a name; a value that nobody is known to define is empty, as it is for conda-build."""
    return _with_default(_named(node, names), nodes.Const(""), names)


def _named(node: nodes.Name, names: Names) -> Expression:
    if node.name in names.context:
        return nodes.Name(names.context[node.name], "load")
    if node.name in names.package:
        return names.package[node.name]
    if node.name in _ALIASES:
        return parse_expression(_ALIASES[node.name])
    if node.name in {"environ", "os"} or node.name.startswith("load_"):
        raise UntranslatableError(f"{node.name!r} isn't there in v1")
    return nodes.Name(node.name, "load")


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
        left = _named(node.left, names)
        if undefined_names(left, names) or node.left.name not in names.context:
            return _filtered(left, "default", translated(node.right, names))
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
    held = _named(node.node, names) if isinstance(node.node, nodes.Name) else translated(node.node, names)
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
        return _filtered(node, "int")
    return node


def _call(node: nodes.Call, names: Names) -> Expression:
    if isinstance(node.node, nodes.Name):
        way = _FUNCTIONS.get(node.node.name)
        if way is None:
            raise UntranslatableError(f"{node.node.name}() isn't there in v1")
        return way(node, names)
    if isinstance(node.node, nodes.Getattr):
        return _method(node, node.node, names)
    raise UntranslatableError("only functions can be called")


def _same_function(node: nodes.Call, names: Names) -> Expression:
    return nodes.Call(node.node, [translated(one, names) for one in node.args], [], None, None)


def _pin(node: nodes.Call, names: Names) -> Expression:
    """Rename a pin's arguments; bounds of ``pin_compatible`` that are versions count more than masks."""
    compatible = isinstance(node.node, nodes.Name) and node.node.name == "pin_compatible"
    order = (
        ("lower_bound", "upper_bound", "min_pin", "max_pin", "exact") if compatible else ("min_pin", "max_pin", "exact")
    )
    given = dict(zip(order, node.args[1:], strict=False)) | {one.key: one.value for one in node.kwargs}
    name = given.pop("subpackage_name", given.pop("package_name", node.args[0] if node.args else None))
    if name is None:
        raise UntranslatableError("a pin names no package")
    exact = given.pop("exact", None)
    if isinstance(exact, nodes.Const) and exact.value:
        keywords = [nodes.Keyword("exact", nodes.Name("True", "load"))]
    else:
        masks = {_PINS[key]: given[key] for key in _PINS if key in given}
        versions = {key: given[key] for key in _PINS.values() if key in given and given[key] != nodes.Const(None)}
        keywords = [nodes.Keyword(key, translated(value, names)) for key, value in sorted((masks | versions).items())]
    return nodes.Call(node.node, [translated(name, names)], keywords, None, None)


def _method(node: nodes.Call, called: nodes.Getattr, names: Names) -> Expression:
    if called.node == nodes.Name("env", "load"):
        return node
    if _is_environ(called.node) and called.attr == "get":
        return _environment(node.args, names)
    if isinstance(called.node, nodes.Name) and called.node.name == "os" and called.attr == "getenv":
        return _environment(node.args, names)
    arguments = [translated(one, names) for one in node.args]
    if called.attr == "join" and len(arguments) == 1:
        return _filtered(arguments[0], "join", translated(called.node, names))
    held = translated(called.node, names)
    if called.attr in {"startswith", "endswith"}:
        test = called.attr.replace("swith", "ingwith")
        return nodes.Test(held, test, arguments, [], None, None)
    if called.attr not in _METHODS or (called.attr == "strip" and arguments):
        raise UntranslatableError(f".{called.attr}() isn't there in v1")
    return _filtered(held, _METHODS[called.attr], *arguments)


def _item(node: nodes.Getitem, names: Names) -> Expression:
    if _is_environ(node.node):
        return _environment([node.arg], names)
    return rebuilt(node, lambda child: _translated_part(child, names))


def _attribute(node: nodes.Getattr, names: Names) -> Expression:  # noqa: ARG001  (one signature for all)
    if node.node == nodes.Name("os", "load") and node.attr in _SEPARATORS:
        return parse_expression(_SEPARATORS[node.attr])
    raise UntranslatableError(f".{node.attr} isn't there in v1")


def _environment(arguments: list[Expression], names: Names) -> Expression:
    """Ask for a variable of the environment; those that the build sets are names of their own."""
    key = arguments[0]
    if isinstance(key, nodes.Const) and (key.value in PLACES or key.value in _ALIASES or key.value in names.package):
        return _name(nodes.Name(key.value, "load"), names)
    if isinstance(key, nodes.Const) and key.value in {*names.variants, "target_platform", "build_platform"}:
        return nodes.Name(key.value, "load")
    get = nodes.Getattr(nodes.Name("env", "load"), "get", "load")
    default = translated(arguments[1], names) if len(arguments) > 1 else nodes.Const("")
    return nodes.Call(get, [translated(key, names)], [nodes.Keyword("default", default)], None, None)


def _is_environ(node: Expression) -> bool:
    if isinstance(node, nodes.Getattr):
        return node.attr == "environ" and isinstance(node.node, nodes.Name) and node.node.name == "os"
    return isinstance(node, nodes.Name) and node.name == "environ"


def _filtered(node: Expression, name: str, *arguments: Expression) -> Expression:
    return nodes.Filter(node, name, list(arguments), [], None, None)


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
_FUNCTIONS: Mapping[str, Callable[[nodes.Call, Names], Expression]] = MappingProxyType(
    {
        **dict.fromkeys(("compiler", "stdlib", "cdt", "match"), _same_function),
        **dict.fromkeys(("pin_subpackage", "pin_compatible"), _pin),
    }
)
_WAYS: Mapping[type[nodes.Node], Callable[..., Expression]] = MappingProxyType(
    {
        nodes.Name: _name,
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
        nodes.Call: _call,
        nodes.Getitem: _item,
        nodes.Getattr: _attribute,
    }
)
