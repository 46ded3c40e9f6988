"""Items of a list that stand under conditions, put together: those of one condition, and those of its opposite."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ownconda.recipes.converting.conditions import excludes, opposite, same
from ownconda.recipes.converting.expressions import TRUE, Expression
from ownconda.recipes.converting.tree import Part

_NEAR = 6  # how many groups back an item may move


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items that stand next to each other under one condition, and those of its opposite."""

    condition: Expression
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...] = ()


def groups(parts: Sequence[Part]) -> list[Group]:
    """Put neighbours of one condition together, and pairs of opposites."""
    found: list[Group] = []
    for part in parts:
        if not found or not _joins(part, found):
            found.append(Group(condition=part.condition, then=(part,)))
    return found


def _joins(part: Part, found: list[Group]) -> bool:
    """Put a part to a group that is there; tell whether it belongs to one."""
    last, at = found[-1], None
    if TRUE in (last.condition, part.condition):
        at = len(found) - 1 if last.condition == part.condition else None
    elif part.is_spaced and part.comments:
        return False
    elif opposite(last.condition, part.condition):
        found[-1] = replace(last, otherwise=(*last.otherwise, part))
        return True
    else:
        at = _group_of(part, found)
    if at is not None:
        found[at] = replace(found[at], then=(*found[at].then, part))
    return at is not None


def _group_of(part: Part, groups: Sequence[Group]) -> int | None:
    """Find the group to which a part can be put without changing the order on any platform."""
    for at in range(len(groups) - 1, max(len(groups) - 1 - _NEAR, -1), -1):
        if same(groups[at].condition, part.condition):
            return at
        if part.comments or groups[at].otherwise or not excludes(groups[at].condition, part.condition):
            return None
    return None
