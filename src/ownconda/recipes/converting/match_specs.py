"""Requirements as conda-build takes them, written as rattler-build has them: every version with its operator."""

import re
from collections.abc import Mapping
from dataclasses import replace

from jinja2 import nodes

from ownconda.recipes.converting.expressions import Expression, joined
from ownconda.recipes.converting.tree import Scalar

_MARK = re.compile("\ue030(\\d+)\ue031")
_OPERATORS = ("==", ">=", "<=", "!=", "~=", ">", "<", "=")
_GLUED = re.compile(r"^([^\s<>=!~\[]+?)\s*([<>=!~].*)$")
_WITH_BUILD = re.compile(r"^=?=?([^=<>!~,|]+)=([^=<>!~,|]+)$")
_BARE = re.compile("[\\w.+!\ue030\ue031-]+")


def converted_spec(spec: Scalar, values: Mapping[str, str], *, built_with: bool = False) -> Scalar:
    """Write one requirement as v1 has it.

    ``values`` are the context's, to see which of them are whole constraints; ``built_with`` tells that a bare name gets
    the variant's version.
    """
    if spec.plain is not None and spec.plain.endswith(" x.x"):  # the version that the variant has
        name = spec.plain.split()[0]
        version = (nodes.Name(name.replace("-", "_"), "load"), ".*")
        return replace(spec, pieces=(name,) if built_with else (f"{name} ", *version), style="")
    if len(spec.pieces) == 1 and not isinstance(spec.pieces[0], str):
        return spec
    pinned = _pin_with_build(spec)
    if pinned is not None:
        return pinned
    expressions = [piece for piece in spec.pieces if not isinstance(piece, str)]
    numbers = iter(range(len(expressions)))
    text = "".join(piece if isinstance(piece, str) else f"\ue030{next(numbers)}\ue031" for piece in spec.pieces)
    constraints = frozenset(str(at) for at, one in enumerate(expressions) if _is_constraint(one, values))
    empty = frozenset(f"\ue030{at}\ue031" for at, one in enumerate(expressions) if _is_empty(one))
    parts = _MARK.split(_converted(" ".join(text.split()), constraints, empty))
    pieces = tuple(expressions[int(part)] if index % 2 else part for index, part in enumerate(parts))
    return replace(spec, pieces=tuple(piece for piece in pieces if piece != ""), style="")


def _pin_with_build(spec: Scalar) -> Scalar | None:
    """Say ``{{ pin_subpackage(…) }} mpi_*`` with the pin's own argument for the build string."""
    pin = next((piece for piece in spec.pieces if not isinstance(piece, str)), None)
    if pin is None or not _is_pin(pin) or (isinstance(spec.pieces[0], str) and spec.pieces[0].strip()):
        return None
    rest = [piece for piece in spec.pieces[spec.pieces.index(pin) + 1 :] if not isinstance(piece, str) or piece.strip()]
    if not rest:
        return replace(spec, pieces=(pin,))
    texts = [nodes.Const(piece.strip()) if isinstance(piece, str) else piece for piece in rest]
    assert isinstance(pin, nodes.Call)  # noqa: S101  (what a pin is)
    keywords = [*pin.kwargs, nodes.Keyword("build", joined(texts))]
    return replace(spec, pieces=(nodes.Call(pin.node, pin.args, keywords, None, None),))


def _is_pin(expression: Expression) -> bool:
    return (
        isinstance(expression, nodes.Call)
        and isinstance(expression.node, nodes.Name)
        and expression.node.name.startswith("pin_")
    )


def _is_constraint(expression: Expression, values: Mapping[str, str]) -> bool:
    """Tell whether an expression is known to be more than a plain version."""
    if isinstance(expression, nodes.CondExpr | nodes.Filter) and not isinstance(expression, nodes.Filter):
        return True
    value = values.get(expression.name, "") if isinstance(expression, nodes.Name) else ""
    return any(sign in value for sign in "<>=!*, ")


def _is_empty(expression: Expression) -> bool:
    """Tell whether an expression is a name that nobody gives a value."""
    return (
        isinstance(expression, nodes.Filter)
        and expression.name == "default"
        and expression.args == [nodes.Const("")]
        and isinstance(expression.node, nodes.Name)
    )


def _converted(text: str, constraints: frozenset[str], empty: frozenset[str]) -> str:
    if "[" in text or ("::" in text.partition(" ")[0] and " " not in text):
        return text
    glued = _GLUED.match(text)
    name, rest = (glued[1], glued[2]) if glued else (text.partition(" ")[0], text.partition(" ")[2])
    if not rest or rest.strip() in empty:
        return name
    version, *build = _parts(rest)
    with_build = _WITH_BUILD.match(version)
    if with_build and not build:
        version, build = with_build[1], [with_build[2]]
    if _constrains(version, constraints):
        return " ".join([name, version, *build])
    return " ".join([name, _version(version, has_build=bool(build)), *build])


def _constrains(version: str, constraints: frozenset[str]) -> bool:
    mark = _MARK.fullmatch(version)
    return mark is not None and mark[1] in constraints


def _parts(rest: str) -> list[str]:
    """Take a constraint apart into version and build string; blanks after operators and commas don't count."""
    joined_text = re.sub(r"([<>=!~,|])\s+", r"\1", re.sub(r"\s+([,|])", r"\1", rest))
    return re.sub(r"(?<=[\w*])\s+(?=[<>!~]=?|==)", ",", joined_text).rstrip(",").split(" ")


def _version(version: str, *, has_build: bool) -> str:
    parts = re.split(r"([,|])", version)
    single = len(parts) == 1
    return "".join(part if part in {",", "|"} else _bound(part, star=single and not has_build) for part in parts)


def _bound(part: str, *, star: bool) -> str:
    operator = next((sign for sign in _OPERATORS if part.startswith(sign)), "")
    version = part.removeprefix(operator)
    version = re.sub(r"(\.\*)+$", ".*", version)
    if operator in {">=", "<=", ">", "<", "~="}:
        return operator + version.removesuffix(".*").removesuffix("*")
    if operator in {"==", "="} and version.endswith("*"):
        return version
    if operator or version == "*":
        return operator + version
    if version.endswith("*"):
        return version if version.endswith(".*") else f"{version[:-1]}.*"
    if not _BARE.fullmatch(version):
        return version
    return f"{version}.*" if star else f"=={version}"
