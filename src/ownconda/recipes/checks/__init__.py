"""Rules for recipes; each family of rules is one file, and one test suite runs over the examples of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ownconda.errors import Where
from ownconda.policy.policy import Policy
from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.editing import Edit, Form

Severity = Literal["error", "warning", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a rule found: what is wrong, where, what to do, and the edits that mend it where that is safe."""

    what: str
    where: Where
    hint: str
    edits: tuple[Edit, ...] = ()


class Check(Protocol):
    """How a rule looks at a recipe. It reads nothing, and it may tell the same thing of every variant."""

    def __call__(self, recipe: CheckedRecipe, known: Known, /) -> Iterable[Fault]:
        """Give everything that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A recipe that shows a rule, and what else has to be there.

    ``beside`` are files in its folder, ``others`` the texts of other recipes, ``offered`` names in a channel,
    ``before`` its text at an earlier revision. ``note`` says for people what the text alone doesn't.
    """

    text: str
    form: Form = "v1"
    note: str = ""
    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    offered: frozenset[str] | None = None
    before: str = ""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule: its name, what it finds, why that matters, and recipes that break and that keep it.

    ``severity`` is the one that it has unless the settings say otherwise. ``alters`` are the sections that its edits
    may change when the recipe is rendered; none for a rule about what doesn't show then.
    """

    name: str
    summary: str
    why: str
    check: Check
    bad: Example
    good: Example
    severity: Severity = "error"
    alters: frozenset[str] = frozenset()
