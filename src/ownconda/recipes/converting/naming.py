"""What the names in conda-build's expressions mean, and how rattler-build calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.expressions import Expression, filtered, parse_expression

PLACES = frozenset(
    {"PREFIX", "BUILD_PREFIX", "SRC_DIR", "RECIPE_DIR", "PYTHON", "PERL", "R", "SP_DIR", "STDLIB_DIR", "CPU_COUNT"}
    | {"LIBRARY_PREFIX", "LIBRARY_BIN", "LIBRARY_INC", "LIBRARY_LIB", "SCRIPTS", "LUA"}
)
"""Variables that have a value only while a script runs."""

_PLATFORM = frozenset({"linux", "osx", "win", "unix", "aarch64", "arm64", "ppc64le", "s390x", "x86_64"})
ALIASES: Mapping[str, str] = MappingProxyType(
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
GIVEN = frozenset(
    {*_PLATFORM, "x86", "armv6l", "armv7l", "riscv64", "emscripten", "wasm32", "target_platform", "build_platform"}
    | {"SHLIB_EXT", "hash", "env", "match", "compiler", "stdlib", "cdt", "pin_subpackage", "pin_compatible"}
)
"""Names that rattler-build itself defines."""


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


def undefined_names(node: nodes.Node, names: Names) -> frozenset[str]:
    """Give the names that nobody is known to define, which count as false or empty."""
    found = {one.name for one in node.find_all(nodes.Name)} | ({node.name} if isinstance(node, nodes.Name) else set())
    defined = {*names.context.values(), *names.variants, *names.package, *GIVEN, *PLACES}
    return frozenset(found - defined)


def value_of_name(node: nodes.Name, names: Names) -> Expression:
    """Translate a name; a value that nobody is known to define is empty, as it is for conda-build.

    Raises UntranslatableError.
    """
    return with_default(named(node, names), nodes.Const(""), names)


def named(node: nodes.Name, names: Names) -> Expression:
    """Translate a name, whether it has a value or not. Raises UntranslatableError."""
    if node.name in names.context:
        return nodes.Name(names.context[node.name], "load")
    if node.name in names.package:
        return names.package[node.name]
    if node.name in ALIASES:
        return parse_expression(ALIASES[node.name])
    if node.name in {"environ", "os"} or node.name.startswith("load_"):
        raise UntranslatableError(f"{node.name!r} isn't there in v1")
    return nodes.Name(node.name, "load")


def with_default(node: Expression, default: Expression, names: Names) -> Expression:
    """Give a default to a name that nobody is known to define."""
    if isinstance(node, nodes.Name) and undefined_names(node, names):
        return filtered(node, "default", default)
    return node
