"""The organisation takes the licence."""

from collections.abc import Iterator

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.rules import Rule
from ownconda.conda.records import Record
from ownconda.errors import Problem, Where
from ownconda.policy.licences import Licences, canonical
from ownconda.policy.licences import proposal as meant


def licences_taken(licences: Licences) -> Rule:
    """Make the rule that asks the policy about each package that arrives."""

    def rule(proposal: Proposal) -> Iterator[Problem]:
        for path, entry in proposal.arriving.items():
            what = _objection(entry.record, licences)
            if what:
                hint = "ask who keeps the list of licences, or leave this package out"
                yield Problem(what=what, where=Where(file=path), hint=hint)

    return rule


def _objection(record: Record, licences: Licences) -> str | None:
    if not licences.allowed and not licences.denied:
        return None
    if not record.license:
        return "it doesn't say its licence"
    expression = canonical(record.license) or meant(record.license)
    if expression is None:
        return f"its licence {record.license!r} is no SPDX expression, so that the policy can't be asked"
    refused = licences.refused(expression)
    return f"its licence isn't taken: {', '.join(refused)}" if refused else None
