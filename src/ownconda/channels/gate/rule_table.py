"""Which rules there are, and which of them settings switch on."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ownconda.channels.gate.rules import Rule
from ownconda.channels.gate.rules.days import enough_days
from ownconda.channels.gate.rules.dependents import dependents_tested
from ownconda.channels.gate.rules.downgrade import no_downgrade
from ownconda.channels.gate.rules.held import nothing_held
from ownconda.channels.gate.rules.licences import licences_taken
from ownconda.channels.gate.rules.provenance import provenance_there
from ownconda.channels.gate.rules.variants import no_variant_lost
from ownconda.channels.gate.verdict import INSTALLABLE, Waiver
from ownconda.errors import Problem, WrongInputError
from ownconda.policy.licences import Licences


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChoice:
    """What settings say of rules; by default only holds count.

    ``days`` is how long a package has to have been in the source channel; ``provenance`` are kinds of sidecars.
    """

    licences: Licences | None = None
    days: float = 0.0
    provenance: tuple[str, ...] = ()
    downgrade: bool = False
    variants: bool = False
    tests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    is_chosen: Callable[[RuleChoice], bool]
    made: Callable[[RuleChoice], Rule]
    about: str = field(repr=False)


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "held": _Kind(
            is_chosen=lambda _: True,
            made=lambda _: nothing_held,
            about="nothing enters that is held",
        ),
        "licences": _Kind(
            is_chosen=lambda choice: choice.licences is not None,
            made=lambda choice: licences_taken(choice.licences or Licences()),
            about="the organisation takes the licence",
        ),
        "days": _Kind(
            is_chosen=lambda choice: choice.days > 0,
            made=lambda choice: enough_days(choice.days),
            about="it has been in the source channel for some days",
        ),
        "provenance": _Kind(
            is_chosen=lambda choice: bool(choice.provenance),
            made=lambda choice: provenance_there(choice.provenance),
            about="files beside the package tell where it comes from",
        ),
        "downgrade": _Kind(
            is_chosen=lambda choice: choice.downgrade,
            made=lambda _: no_downgrade,
            about="the newest version of a name doesn't get lower",
        ),
        "variants": _Kind(
            is_chosen=lambda choice: choice.variants,
            made=lambda _: no_variant_lost,
            about="a new version has the variants that the one before it has",
        ),
        "tests": _Kind(
            is_chosen=lambda choice: choice.tests,
            made=lambda _: dependents_tested,
            about="the tests of what needs it have passed with it",
        ),
    }
)

RULES: Mapping[str, str] = MappingProxyType({name: kind.about for name, kind in _KINDS.items()})
"""All rules by name, and what each asks for."""


def chosen_rules(choice: RuleChoice) -> dict[str, Rule]:
    """Give the rules that are switched on, by name."""
    return {name: kind.made(choice) for name, kind in _KINDS.items() if kind.is_chosen(choice)}


def check_waivers(waivers: Sequence[Waiver]) -> None:
    """Raise WrongInputError for waivers of what is no rule, and for those without a reason."""
    problems = [problem for waiver in waivers for problem in _wrong(waiver)]
    if problems:
        raise WrongInputError.of(problems)


def _wrong(waiver: Waiver) -> list[Problem]:
    if waiver.rule == INSTALLABLE:
        what = "that packages stay installable can't be waived"
        return [Problem(what=what, hint="take along what is missing, or leave out what needs it")]
    if waiver.rule not in RULES:
        near = difflib.get_close_matches(waiver.rule, RULES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(RULES)}"
        return [Problem(what=f"the gate has no rule {waiver.rule!r}", hint=hint)]
    if not waiver.reason.strip():
        return [Problem(what=f"a reason is missing why {waiver.rule} is waived")]
    return []
