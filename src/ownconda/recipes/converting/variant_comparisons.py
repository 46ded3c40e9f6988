"""Variants compared: with versions, with numbers such as ``38``, with texts."""

from collections.abc import Mapping
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, called, either, negated
from ownconda.recipes.converting.naming import GIVEN, Names, UntranslatableError, with_default

_LANGUAGES: Mapping[str, str] = MappingProxyType({"py": "python", "np": "numpy"})
_ORDERS: Mapping[str, str] = MappingProxyType({"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="})


def variant_comparison(left: nodes.Name, sign: str, right: Expression, names: Names) -> Expression | None:
    """Translate a comparison of a variant's value; None where it is compared with what isn't known.

    Raises UntranslatableError.
    """
    if left.name in _LANGUAGES:
        return _language(left.name, sign, right)
    if isinstance(right, nodes.Const) and left.name not in GIVEN:
        return _with_constant(left, sign, right, names)
    return None


def matches(key: str, spec: str) -> Expression:
    """Ask whether the variant's value of a key is a version that a spec accepts."""
    return called("match", nodes.Name(key, "load"), nodes.Const(spec))


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
    return _of_version(_LANGUAGES[name], sign, major=int(str(number)[0]), minor=int(str(number)[1:]))


def _of_version(key: str, sign: str, *, major: int, minor: int) -> Expression:
    if sign in {"eq", "ne"}:
        found = matches(key, f"{major}.{minor}.*")
        return found if sign == "eq" else negated(found)
    below = sign in {"lt", "lteq"}
    bound = minor + 1 if sign in {"lteq", "gt"} else minor
    return matches(key, f"{'<' if below else '>='}{major}.{bound}")


def _with_constant(left: nodes.Name, sign: str, right: nodes.Const, names: Names) -> Expression:
    """Compare a variant's value: they are text in v1, and versions where their order matters."""
    value = right.value
    if sign in _ORDERS:
        subject = with_default(left, nodes.Const("0"), names)
        return called("match", subject, nodes.Const(f"{_ORDERS[sign]}{value}"))
    if str(value) in {"True", "False"}:
        says_yes = (str(value) == "True") is (sign == "eq")
        plain = with_default(left, FALSE, names)
        return plain if says_yes else negated(plain)
    text = nodes.Const(str(value)) if isinstance(value, int | float) else right
    return nodes.Compare(with_default(left, nodes.Const(""), names), [nodes.Operand(sign, text)])
