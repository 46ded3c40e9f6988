"""All rules, in the order in which they are described."""

from ownconda.errors import WrongInputError
from ownconda.recipes.checks import (
    Rule,
    building,
    comments,
    layout,
    licences,
    noarch,
    package,
    requirements,
    schema,
    sources,
    system_libraries,
    testing,
)
from ownconda.recipes.near_names import nearest

FAMILIES = (
    schema,
    building,
    package,
    licences,
    sources,
    requirements,
    noarch,
    system_libraries,
    testing,
    layout,
    comments,
)
RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)
BY_NAME = {rule.name: rule for rule in RULES}


def rule_named(name: str) -> Rule:
    """Give a rule.

    Raises WrongInputError with the nearest name when there is none of that name.
    """
    if name in BY_NAME:
        return BY_NAME[name]
    near = nearest(name, BY_NAME)
    raise WrongInputError(
        f"there is no rule {name!r}",
        hint=f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(BY_NAME))}",
    )
