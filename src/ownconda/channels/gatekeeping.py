"""The gate of a channel: what is asked of it, with everything that it needs to know gathered from the channels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ownconda.channels.acts import Act, Past, Promotion
from ownconda.channels.charters import Charter
from ownconda.channels.gate.judging import judge
from ownconda.channels.gate.proposal import Hold as HeldSpec
from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.rule_table import RuleChoice, chosen_rules
from ownconda.channels.gate.standing import Standing
from ownconda.channels.gate.verdict import Verdict, Waiver
from ownconda.channels.notes import Hold
from ownconda.channels.shown_terms import patches_of
from ownconda.channels.snapshots import Contents, State
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine
from ownconda.errors import ConflictError, Problem
from ownconda.policy.licences import Licences
from ownconda.repodata.patches import patched_channel


class RefusedError(ConflictError):
    """The gate refuses; it carries the verdict."""

    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What holds for all gated channels: the machines that packages are for, and the licences that are taken.

    A subdir for which no machine is named gets its usual one.
    """

    machines: tuple[Machine, ...] = ()
    licences: Licences | None = None


NO_GATE = Gate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, and the snapshots that it is about.

    They are the channel's, that of the channel that the act takes from, if any, and those of the channels that it
    stands on and before.
    """

    verdict: Verdict
    about: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An act on a channel, with the channel before and after it."""

    act: Act
    before: State
    after: State
    holds: Sequence[Hold] = ()
    waived: Mapping[str, str] = field(default_factory=dict)


def judged(question: Question, charter: Charter, gate: Gate, past: Past, *, now: int) -> Judged:
    """Ask the gate. Raises WrongInputError for a waiver of what is no rule."""
    source = _source(question.act, past)
    proposal = Proposal(
        before=standing(question.before, past),
        after=standing(question.after, past),
        source=_seen(source) if source else {},
        now=now,
        holds=tuple(HeldSpec(spec=hold.spec, reason=hold.reason) for hold in question.holds),
    )
    verdict = judge(
        proposal,
        machines=gate.machines,
        rules=chosen_rules(_choice(charter, gate)),
        open_solver=open_rattler,
        waivers=[Waiver(rule=rule, reason=reason) for rule, reason in question.waived.items()],
    )
    return Judged(verdict=verdict, about=_looked_at(question.act, question.before, past))


def binds(judgement: Judged, act: Act, here: State, past: Past) -> bool:
    """Tell whether a verdict is about the snapshots that there are now."""
    return judgement.about == _looked_at(act, here, past)


def refusal(verdict: Verdict) -> RefusedError:
    """Make the error that says what a verdict says."""
    error = RefusedError.of([*verdict.problems, *_way_out(verdict)])
    error.verdict = verdict
    return error


def standing(state: State, past: Past) -> Standing:
    """Give a channel with those that it is declared to stand on and before, as clients see them."""
    above, below = _above(state, past), _below(state, past)
    return Standing(own=_seen(state), above=tuple(map(_seen, above)), below=tuple(map(_seen, below)))


def _way_out(verdict: Verdict) -> list[Problem]:
    if not verdict.addition:
        return []
    what = f"it would pass together with {', '.join(verdict.addition)}"
    return [Problem(what=what, hint="--with-dependencies takes along what is needed")]


def _choice(charter: Charter, gate: Gate) -> RuleChoice:
    return RuleChoice(
        licences=gate.licences,
        days=charter.days,
        provenance=charter.provenance,
        downgrade=charter.no_downgrade,
        variants=charter.no_variant_lost,
    )


def _source(act: Act, past: Past) -> State | None:
    return past.state_at(act.source) if isinstance(act, Promotion) else None


def _looked_at(act: Act, here: State, past: Past) -> tuple[int, ...]:
    source = _source(act, past)
    states = (here, *([source] if source else []), *_above(here, past), *_below(here, past))
    return tuple(state.snapshot.id for state in states)


def _above(state: State, past: Past) -> Iterator[State]:
    """Give what comes before a channel: what it stands on, and before that what that stands on (CEP 42)."""
    met = {state.snapshot.channel}
    chain: list[State] = []
    while state.terms.base and state.terms.base not in met:
        met.add(state.terms.base)
        state = past.state(state.terms.base)
        chain.append(state)
    yield from reversed(chain)


def _below(state: State, past: Past) -> Iterator[State]:
    met = {state.snapshot.channel}
    while state.terms.overrides and state.terms.overrides not in met:
        met.add(state.terms.overrides)
        state = past.state(state.terms.overrides)
        yield state


def _seen(state: State) -> Contents:
    """Give what a channel lists as clients see it."""
    patches = patches_of(state.terms)
    if not patches:
        return state.contents
    return {entry.path: entry for entry in patched_channel(state.contents.values(), patches)}
