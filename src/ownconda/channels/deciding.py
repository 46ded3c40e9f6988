"""Deciding: what an act would change, and whether it may."""

from collections.abc import Sequence
from dataclasses import replace

from ownconda.channels.acts import Past
from ownconda.channels.gatekeeping import Gate, Question, binds, judged, refusal
from ownconda.channels.holding import check_holds
from ownconda.channels.notes import Hold
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.requests import Plan, Request
from ownconda.channels.snapshots import State, applied


class Deciding:
    """Decides with a view of all channels, and their gate."""

    def __init__(self, past: Past, gate: Gate) -> None:
        self._past = past
        self._gate = gate

    def plan(self, channel: OneChannel, request: Request, here: State, holds: Sequence[Hold], *, at: int) -> Plan:
        """Decide what a request leads to from a state of the channel; a gate is asked, but not obeyed.

        Raises what keeps it from being done, but for what the gate says.
        """
        act = request.act(here)
        change = act.change(here, self._past, at)
        plan = Plan(parent=here.snapshot, kind=act.kind, change=change)
        if not channel.charter.gated:
            if HELD not in request.waived:
                check_holds(here.contents, change, holds)
            return plan
        if not change:
            return plan
        if request.judgement and binds(request.judgement, act, here, self._past):
            return replace(plan, judgement=request.judgement)
        after = State(snapshot=here.snapshot, contents=applied(here.contents, change), terms=change.terms or here.terms)
        question = Question(act=act, before=here, after=after, holds=holds, waived=request.waived)
        return replace(plan, judgement=judged(question, channel.charter, self._gate, self._past, now=at))


def check_passed(plan: Plan) -> None:
    """Raise RefusedError when the gate refuses a plan."""
    if plan.judgement and not plan.judgement.verdict.passed:
        raise refusal(plan.judgement.verdict)


HELD = "held"
"""The rule that nothing enters that is held, by the name by which it is waived."""
