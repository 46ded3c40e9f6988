"""Parts of a recipe put at their places in v1: fields gathered, alternatives of one text joined into an expression."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.choices import otherwise
from ownconda.recipes.converting.expressions import TRUE, Expression
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, items_of, text

ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": (
            *("context", "recipe", "package", "staging", "inherit", "source", "build", "requirements", "tests"),
            *("outputs", "about", "extra"),
        ),
        "package": ("name", "version"),
        "recipe": ("name", "version"),
        "source": ("url", "git", "path", "rev", "tag", "branch"),
        "build": ("number", "string", "skip", "noarch", "script"),
        "requirements": ("build", "host", "run", "run_constraints", "run_exports", "ignore_run_exports"),
        "about": (
            *("summary", "description", "homepage", "license", "license_family", "license_file", "documentation"),
            "repository",
        ),
    }
)
"""In which order the fields of a section stand, where it isn't the recipe's own."""

_KEPT_ORDER = frozenset({"about", "source"})  # any order will do: the recipe's own stays


class NotATextError(Exception):
    """A list or a mapping stands where a text has to."""

    def __init__(self, part: Part) -> None:
        super().__init__(part.key)
        self.part = part


@dataclass(frozen=True, slots=True)
class Placed:
    """A part and where it goes: its path in v1, such as ``("build", "number")``."""

    path: tuple[str, ...]
    part: Part


def assembled(placed: Iterable[Placed], *, section: str = "") -> Fields:
    """Put parts together to a section, its fields in their order."""
    groups: dict[str, list[Placed]] = {}
    for one in placed:
        groups.setdefault(one.path[0], []).append(Placed(one.path[1:], one.part))
    order = () if section in _KEPT_ORDER else ORDER.get(section, ())
    keys = sorted(groups, key=lambda key: order.index(key) if key in order else len(order))
    return Fields(parts=tuple(_gathered(key, groups[key]) for key in keys))


def one_text(parts: Sequence[Part], *, is_number: bool = False) -> Part:
    """Join what stands under several conditions for one text: the last one that holds counts.

    Raises NotATextError.
    """
    found = parts[0]
    value: Expression | None = None
    for part in parts:
        if not isinstance(part.value, Scalar):
            raise NotATextError(part)
        if len(parts) == 1 and part.condition == TRUE:
            return part
        value = otherwise(part.condition, _typed(part.value.expression, is_number=is_number), value)
    comments = tuple(comment for part in parts for comment in part.comments)
    remarks = " / ".join(dict.fromkeys(part.remark for part in parts if part.remark))
    scalar = text(str(value.value)) if isinstance(value, nodes.Const) else text(value or nodes.Const(""))
    return replace(found, value=scalar, condition=TRUE, comments=comments, remark=remarks)


def one_list(parts: Sequence[Part]) -> Part:
    """Join lists that stand under several conditions: each item gets its list's condition."""
    if len(parts) == 1 and parts[0].condition == TRUE and isinstance(parts[0].value, Items):
        return parts[0]
    items = tuple(item for part in parts for item in items_of(part))
    return replace(parts[0], value=Items(parts=items), condition=TRUE, comments=(), remark="", after=())


def _gathered(key: str, placed: Sequence[Placed]) -> Part:
    leaves = [one.part for one in placed if not one.path]
    if not leaves:
        first = placed[0].part
        return Part(key=key, value=assembled(placed, section=key), line=first.line)
    if len(leaves) == 1 and (leaves[0].condition == TRUE or not isinstance(leaves[0].value, Scalar)):
        return replace(leaves[0], key=key)
    if any(isinstance(part.value, Items) for part in leaves):
        return replace(one_list(leaves), key=key)
    return replace(one_text(leaves), key=key)


def _typed(value: Expression, *, is_number: bool) -> Expression:
    if is_number and isinstance(value, nodes.Const) and str(value.value).isdecimal():
        return nodes.Const(int(value.value))
    return value
