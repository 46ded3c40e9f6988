"""A package has been in the source channel for some days, so that somebody has met it there."""

from collections.abc import Iterator

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.rules import Rule
from ownconda.errors import Problem, Where

_DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""


def enough_days(least: float) -> Rule:
    """Make the rule that asks since when the source channel lists what arrives."""

    def rule(proposal: Proposal) -> Iterator[Problem]:
        for path in proposal.arriving:
            entry = proposal.source.get(path)
            where = Where(file=path)
            if entry is None:
                yield Problem(
                    what="it comes from no channel in which it could have been for some days",
                    where=where,
                    hint="upload it to the channel that this one is promoted from",
                )
            elif (days := (proposal.now - entry.indexed_at) / _DAY) < least:
                yield Problem(
                    what=f"it has been in the source channel for {days:.1f} days, {least:g} are asked for",
                    where=where,
                    hint=f"wait for {least - days:.1f} days more",
                )

    return rule
