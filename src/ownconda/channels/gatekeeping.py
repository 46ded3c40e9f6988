"""The gate of a channel: what is asked of it, with everything that it needs to know gathered from the channels."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ownconda.channels.acts import Act, Past, Promotion
from ownconda.channels.charters import Charter
from ownconda.channels.gate.judging import judge
from ownconda.channels.gate.proposal import Hold as HeldSpec
from ownconda.channels.gate.proposal import Proposal, Trial
from ownconda.channels.gate.rule_table import RuleChoice, chosen_rules
from ownconda.channels.gate.standing import Standing, subdirs
from ownconda.channels.gate.verdict import Verdict, Waiver
from ownconda.channels.notes import Hold
from ownconda.channels.related import related, seen, standing
from ownconda.channels.snapshots import BrokenChannelError, Kind, State
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import Machine, machines_for
from ownconda.errors import ConflictError, Problem
from ownconda.policy.licences import Licences


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What holds for all gated channels: the machines that packages are for, and the licences that are taken.

    A subdir for which no machine is named gets its usual one, on Linux with this ``glibc``, if it is known.
    """

    machines: tuple[Machine, ...] = ()
    glibc: str = ""
    licences: Licences | None = None


NO_GATE = Gate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, the snapshots that it is ``about``, each with its channel, and how long it took.

    The snapshots are the channel's, that of the channel that the act takes from, if any, those of the channels that it
    stands on and before, and those of gated channels that stand on it.
    """

    verdict: Verdict
    about: tuple[tuple[str, int], ...]
    milliseconds: int = 0


class RefusedError(ConflictError):
    """The gate refuses an act of a kind; it carries what it says."""

    judgement: Judged
    kind: Kind

    @property
    def verdict(self) -> Verdict:
        """What the gate says."""
        return self.judgement.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An act on a channel, with the channel before and after it."""

    act: Act
    before: State
    after: State
    holds: Sequence[Hold] = ()
    waived: Mapping[str, str] = field(default_factory=dict)


def judged(question: Question, charter: Charter, gate: Gate, past: Past, *, now: int) -> Judged:
    """Ask the gate, and those of the channels that stand on this one. Raises WrongInputError for a waiver of no rule.

    A channel without a gate is asked about only for the others' sake.
    """
    begun = time.perf_counter()
    verdict = judged_alone(question, charter, gate, past, now=now) if charter.gated else Verdict()
    for leaning in _leaning(question.before, past):
        verdict = verdict.beside(leaning.snapshot.channel, _judged_beside(question, leaning, gate, past))
    return _bound(verdict, question, past, begun=begun)


def judged_before_completion(question: Question, gate: Gate, past: Past, *, now: int) -> Judged:
    """Ask only whether all can be installed, to know what has to come along."""
    begun = time.perf_counter()
    verdict = judged_alone(question, Charter(name=question.act.channel), gate, past, now=now)
    return _bound(verdict, question, past, begun=begun)


def _bound(verdict: Verdict, question: Question, past: Past, *, begun: float) -> Judged:
    took = round((time.perf_counter() - begun) * 1000)
    return Judged(verdict=verdict, about=_looked_at(question.act, question.before, past), milliseconds=took)


def judged_alone(question: Question, charter: Charter, gate: Gate, past: Past, *, now: int) -> Verdict:
    """Ask a channel's own gate. Raises WrongInputError for a waiver of what is no rule."""
    source = _source(question.act, past)
    proposal = Proposal(
        before=standing(question.before, past),
        after=standing(question.after, past),
        source=seen(source) if source else {},
        now=now,
        holds=tuple(HeldSpec(spec=hold.spec, reason=hold.reason) for hold in question.holds),
        trials=_trials(question, past) if charter.tests else (),
    )
    return judge(
        proposal,
        machines=_machines(proposal, gate),
        rules=chosen_rules(_choice(charter, gate)),
        open_solver=open_rattler,
        waivers=[Waiver(rule=rule, reason=reason) for rule, reason in question.waived.items()],
    )


def is_leant_on(here: State, past: Past) -> bool:
    """Tell whether a gated channel stands on another one, or before it."""
    return bool(_leaning(here, past))


def judged_with(here: State, past: Past, *, gated: bool) -> frozenset[str]:
    """Name the channels that mustn't move between a verdict on one and what it lets pass."""
    asked = [*([here] if gated else []), *_leaning(here, past)]
    return frozenset(state.snapshot.channel for one in asked for state in (one, *related(one, past)))


def leaning_without(here: State, going: Collection[str], past: Past) -> tuple[Standing, ...]:
    """Give the gated channels that stand on a channel, as they are when paths are gone from that."""
    left = {path: entry for path, entry in here.contents.items() if path not in going}
    becoming = replace(here, contents=left)
    return tuple(standing(one, past, becoming=becoming) for one in _leaning(here, past))


def binds(judgement: Judged, act: Act, here: State, past: Past) -> bool:
    """Tell whether a verdict is about the snapshots that there are now."""
    return judgement.about == _looked_at(act, here, past)


def refusal(judgement: Judged, kind: Kind) -> RefusedError:
    """Make the error that says what a verdict on an act says."""
    verdict = judgement.verdict
    error = RefusedError.of([*verdict.problems, *_way_out(verdict)])
    error.judgement, error.kind = judgement, kind
    return error


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
        tests=charter.tests,
    )


def _source(act: Act, past: Past) -> State | None:
    return past.state_at(act.source) if isinstance(act, Promotion) else None


def _trials(question: Question, past: Past) -> tuple[Trial, ...]:
    """Give what is known of tests with what arrives, by paths."""
    was = question.before.contents
    arriving = [one.record.sha256 for path, one in question.after.contents.items() if was.get(path) != one]
    paths = {entry.record.sha256: path for path, entry in question.after.contents.items()}
    return tuple(
        Trial(package=paths[one.package], together_with=paths[one.together_with], passed=one.status != "failed")
        for one in past.tested_with(arriving)
        if one.package in paths and one.together_with in paths
    )


def _machines(proposal: Proposal, gate: Gate) -> tuple[Machine, ...]:
    return machines_for(subdirs(proposal.before.own, proposal.after.own), gate.machines, glibc=gate.glibc)


def _judged_beside(question: Question, leaning: State, gate: Gate, past: Past) -> Verdict:
    """Tell what an act takes from the packages of a channel that stands on the changed one."""
    proposal = Proposal(
        before=standing(leaning, past, becoming=question.before),
        after=standing(leaning, past, becoming=question.after),
    )
    return judge(proposal, machines=_machines(proposal, gate), rules={}, open_solver=open_rattler)


def _looked_at(act: Act, here: State, past: Past) -> tuple[tuple[str, int], ...]:
    source = _source(act, past)
    others = [state for one in _leaning(here, past) for state in (one, *related(one, past))]
    states = (here, *([source] if source else []), *related(here, past), *others)
    return tuple((state.snapshot.channel, state.snapshot.id) for state in states)


def _leaning(here: State, past: Past) -> Sequence[State]:
    """Give the gated channels that stand on a channel or before it, near or far."""
    channel = here.snapshot.channel
    return [one for one in past.gated(besides=channel) if _leans(one, channel, past)]


def _leans(one: State, channel: str, past: Past) -> bool:
    try:
        return any(on.snapshot.channel == channel for on in related(one, past))
    except BrokenChannelError:
        return False  # nothing can be told of it until it is mended, and the others go on
