"""Functions, methods and the environment that conda-build's expressions ask, said in rattler-build's words."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.expressions import Expression, called, filtered
from ownconda.recipes.converting.naming import ALIASES, PLACES, Names, UntranslatableError, value_of_name

Translate = Callable[[Expression], Expression]

_METHODS: Mapping[str, str] = MappingProxyType(
    {"split": "split", "replace": "replace", "lower": "lower", "upper": "upper", "strip": "trim"}
)
_ENDS: Mapping[str, str] = MappingProxyType({"startswith": "startingwith", "endswith": "endingwith"})
_SAME = frozenset({"compiler", "stdlib", "cdt", "match"})
_PINNING: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "pin_subpackage": ("min_pin", "max_pin", "exact"),
        "pin_compatible": ("lower_bound", "upper_bound", "min_pin", "max_pin", "exact"),
    }
)
"""Functions that pin, with the order of their arguments after the package's name."""

_PINS: Mapping[str, str] = MappingProxyType({"min_pin": "lower_bound", "max_pin": "upper_bound"})


def call(node: nodes.Call, names: Names, translate: Translate) -> Expression:
    """Translate a call, its arguments with ``translate``.

    Raises UntranslatableError.
    """
    if isinstance(node.node, nodes.Name):
        function = node.node.name
        if function in _SAME:
            return called(function, *(translate(one) for one in node.args))
        if function in _PINNING:
            return _pin(node, _PINNING[function], translate)
        raise UntranslatableError(f"{function}() isn't there in v1")
    if isinstance(node.node, nodes.Getattr):
        return _method(node, node.node, names, translate)
    raise UntranslatableError("only functions can be called")


def environment(arguments: Sequence[Expression], names: Names, translate: Translate) -> Expression:
    """Ask for a variable of the environment; those that the build sets are names of their own.

    Raises UntranslatableError.
    """
    if not arguments:
        raise UntranslatableError("a variable of the environment isn't named")
    key = arguments[0]
    if isinstance(key, nodes.Const) and (key.value in PLACES or key.value in ALIASES or key.value in names.package):
        return value_of_name(nodes.Name(key.value, "load"), names)
    if isinstance(key, nodes.Const) and key.value in {*names.variants, "target_platform", "build_platform"}:
        return nodes.Name(key.value, "load")
    default = translate(arguments[1]) if len(arguments) > 1 else nodes.Const("")
    return nodes.Call(_of_env("get"), [translate(key)], [nodes.Keyword("default", default)], None, None)


def is_set(variable: Expression) -> Expression:
    """Ask whether a variable of the environment is set."""
    return nodes.Call(_of_env("exists"), [variable], [], None, None)


def is_environ(node: Expression) -> bool:
    """Tell whether an expression is the environment: ``environ`` or ``os.environ``."""
    if isinstance(node, nodes.Getattr):
        return node.attr == "environ" and node.node == nodes.Name("os", "load")
    return node == nodes.Name("environ", "load")


def _of_env(method: str) -> Expression:
    return nodes.Getattr(nodes.Name("env", "load"), method, "load")


def _pin(node: nodes.Call, order: Sequence[str], translate: Translate) -> Expression:
    """Rename a pin's arguments; bounds that are versions count more than masks."""
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
        keywords = [nodes.Keyword(key, translate(value)) for key, value in sorted((masks | versions).items())]
    return nodes.Call(node.node, [translate(name)], keywords, None, None)


def _method(node: nodes.Call, asked: nodes.Getattr, names: Names, translate: Translate) -> Expression:
    if asked.node == nodes.Name("env", "load"):
        return node
    if is_environ(asked.node) and asked.attr == "get":
        return environment(node.args, names, translate)
    if asked.node == nodes.Name("os", "load") and asked.attr == "getenv":
        return environment(node.args, names, translate)
    arguments = [translate(one) for one in node.args]
    if asked.attr == "join" and len(arguments) == 1:
        return filtered(arguments[0], "join", translate(asked.node))
    held = translate(asked.node)
    if asked.attr in _ENDS:
        return nodes.Test(held, _ENDS[asked.attr], arguments, [], None, None)
    if asked.attr not in _METHODS or (asked.attr == "strip" and arguments):
        raise UntranslatableError(f".{asked.attr}() isn't there in v1")
    return filtered(held, _METHODS[asked.attr], *arguments)
