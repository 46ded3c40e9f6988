"""The organisation takes the licence."""

from collections.abc import Iterator

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.rules import Rule
from ownconda.errors import Problem, Where
from ownconda.policy.licences import Licences, objection


def licences_taken(licences: Licences) -> Rule:
    """Make the rule that asks the policy about each package that arrives."""

    def rule(proposal: Proposal) -> Iterator[Problem]:
        for path, entry in proposal.arriving.items():
            what = objection(entry.record.license, licences)
            if what:
                hint = "ask who keeps the list of licences, or leave this package out"
                yield Problem(what=what, where=Where(file=path), hint=hint)

    return rule
