"""Verdicts made short, for history to keep."""

from collections.abc import Mapping
from dataclasses import dataclass

from ownconda.channels.gatekeeping import Judged
from ownconda.channels.kept_verdicts import KeptVerdict, Reason
from ownconda.channels.snapshots import Kind
from ownconda.errors import Problem

MOST_REASONS = 5
_LINES, _LENGTH = 6, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who wants a channel to be changed, how, why and when, and which rules that is to waive."""

    channel: str
    act: Kind
    author: str
    reason: str
    at: int
    waived: Mapping[str, str]


def kept(judgement: Judged, asking: Asking) -> KeptVerdict:
    """Give what is kept of a verdict."""
    verdict = judgement.verdict
    objections = verdict.objections
    return KeptVerdict(
        channel=asking.channel,
        act=asking.act,
        author=asking.author,
        reason=asking.reason,
        at=asking.at,
        passed=verdict.passed,
        head=judgement.about[0][1],
        about=tuple(dict.fromkeys(judgement.about)),
        rules=verdict.rules,
        machines=verdict.machines,
        asked=verdict.asked,
        milliseconds=judgement.milliseconds,
        waived=dict(asking.waived),
        reasons=tuple(
            Reason(rule=one.rule, text=_short(one.problem), channel=one.channel) for one in objections[:MOST_REASONS]
        ),
        more=max(0, len(objections) - MOST_REASONS),
    )


def _short(problem: Problem) -> str:
    lines = str(problem).splitlines()
    text = "\n".join([*lines[:_LINES], *(["  …"] if len(lines) > _LINES else [])])
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 1]}…"
