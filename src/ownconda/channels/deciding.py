"""Deciding: what an act would change, and whether it may."""

from collections.abc import Sequence
from dataclasses import replace

from ownconda.channels.acts import Act, Past, Promotion
from ownconda.channels.charters import Charter
from ownconda.channels.gate.rule_table import check_waivers
from ownconda.channels.gate.verdict import Waiver
from ownconda.channels.gatekeeping import (
    Gate,
    Question,
    binds,
    is_leant_on,
    judged,
    judged_before_completion,
    refusal,
)
from ownconda.channels.holding import check_holds
from ownconda.channels.listing import after
from ownconda.channels.notes import Hold
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.requests import Plan, Request
from ownconda.channels.snapshots import Change, Kind, State
from ownconda.errors import WrongInputError

HELD = "held"
"""The rule that nothing enters that is held, by the name by which it is waived."""


class Deciding:
    """Decides with a view of all channels, and their gate."""

    def __init__(self, past: Past, gate: Gate) -> None:
        self._past = past
        self._gate = gate

    def plan(self, channel: OneChannel, request: Request, here: State, holds: Sequence[Hold], *, at: int) -> Plan:
        """Decide what a request leads to from a state of the channel; a gate is asked, but not obeyed.

        Raises what keeps it from being done, but for what the gate says.
        """
        check_waivers([Waiver(rule=rule, reason=why) for rule, why in request.waived.items()])
        act = self._complete(request.act(here), here, at)
        change = act.change(here, self._past, at)
        if self._past.is_archive(channel.name):
            _check_nothing_goes(channel.name, change)
        plan = Plan(parent=here.snapshot, kind=act.kind, change=change)
        charter = _charter(channel, act)
        if not charter.gated and HELD not in request.waived:
            check_holds(here.contents, change, holds)
        if not change or not (charter.gated or is_leant_on(here, self._past)):
            return plan
        if request.judgement and binds(request.judgement, act, here, self._past):
            return replace(plan, judgement=request.judgement)
        question = Question(act=act, before=here, after=after(here, change), holds=holds, waived=request.waived)
        return replace(plan, judgement=judged(question, charter, self._gate, self._past, now=at))

    def is_judged(self, channel: OneChannel) -> bool:
        """Tell whether a gate is asked about acts on a channel: its own, or that of one that stands on it."""
        return channel.charter.gated or is_leant_on(channel.state(), self._past)

    def _complete(self, act: Act, here: State, at: int) -> Act:
        """Let a promotion take along what it needs, if it is to. Raises RefusedError when nothing is enough."""
        if not isinstance(act, Promotion) or not act.with_dependencies:
            return act
        question = Question(act=act, before=here, after=after(here, act.change(here, self._past, at)))
        judgement = judged_before_completion(question, self._gate, self._past, now=at)
        verdict = judgement.verdict
        if verdict.refusals and not verdict.addition:
            raise refusal(judgement, act.kind)
        return replace(act, also=verdict.addition or (), with_dependencies=False)


def _charter(channel: OneChannel, act: Act) -> Charter:
    """Give what an act is held to: what is adopted was there before the gate."""
    return replace(channel.charter, gated=False) if act.kind is Kind.ADOPTION else channel.charter


def _check_nothing_goes(archive: str, change: Change) -> None:
    stays = {entry.path for entry in change.added}
    if any(entry.path not in stays for entry in change.removed):
        raise WrongInputError(f"{archive} is an archive: nothing goes from it", hint="only `channel purge` removes")


def check_passed(plan: Plan) -> None:
    """Raise RefusedError when the gate refuses a plan."""
    if plan.judgement and not plan.judgement.verdict.passed:
        raise refusal(plan.judgement, plan.kind)
