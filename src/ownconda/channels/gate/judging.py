"""The way through the gate: a proposal, machines and rules to a verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ownconda.channels.gate.addition import Lacking, smallest_addition
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.refusals import ENOUGH, Asked, Refusal, in_words, refusals, to_ask
from ownconda.channels.gate.rule_table import check_waivers
from ownconda.channels.gate.rules import Rule
from ownconda.channels.gate.standing import Standing, subdirs
from ownconda.channels.gate.verdict import INSTALLABLE, Finding, Verdict, Waiver
from ownconda.conda.machines import Machine, machines_for
from ownconda.conda.solutions import OpenSolver


def judge(
    proposal: Proposal,
    *,
    machines: Sequence[Machine],
    rules: Mapping[str, Rule],
    open_solver: OpenSolver,
    waivers: Sequence[Waiver] = (),
) -> Verdict:
    """Judge what an act would make of a channel.

    ``machines`` are the profiles from settings; a subdir without any gets its default. The proposal's source gives the
    candidates for the smallest addition. Raises WrongInputError for a waiver of a rule that doesn't exist.
    """
    check_waivers(waivers)
    profiles = machines_for(subdirs(proposal.before.own, proposal.after.own), machines)
    asked, refused = _refused(proposal, profiles, open_solver)
    return Verdict(
        refusals=refused,
        findings=tuple(_findings(proposal, rules, waivers)),
        addition=_addition(proposal, profiles, refused, open_solver),
        complete=_is_complete(refused),
        machines=tuple(machine.name for machine in profiles),
        rules=(INSTALLABLE, *rules),
        asked=len({path for one in asked for path in one.arriving | one.affected}),
    )


def _refused(
    proposal: Proposal, machines: Sequence[Machine], open_solver: OpenSolver
) -> tuple[tuple[Asked, ...], tuple[Refusal, ...]]:
    with (
        Inquiry(proposal.before, machines, open_solver) as before,
        Inquiry(proposal.after, machines, open_solver) as after,
    ):
        asked = to_ask(before, after)
        return asked, in_words(refusals(asked, before, after), after)


def _addition(
    proposal: Proposal, machines: Sequence[Machine], refused: Sequence[Refusal], open_solver: OpenSolver
) -> tuple[str, ...] | None:
    if not refused or not proposal.source:
        return None
    lacking = Lacking(
        after=proposal.after,
        refused=refused,
        candidates=proposal.source,
        machines=machines,
        open_solver=open_solver,
    )
    found = smallest_addition(lacking)
    if found is None or _is_complete(refused):
        return found
    _, left = _refused(replace(proposal, after=_with(proposal, found)), machines, open_solver)
    return None if left else found


def _is_complete(refused: Sequence[Refusal]) -> bool:
    """Tell whether these are all; of a machine not more are looked for than are enough."""
    return all(count < ENOUGH for count in Counter((one.machine, one.kind) for one in refused).values())


def _with(proposal: Proposal, paths: Sequence[str]) -> Standing:
    return replace(proposal.after, own={**proposal.after.own, **{path: proposal.source[path] for path in paths}})


def _findings(proposal: Proposal, rules: Mapping[str, Rule], waivers: Sequence[Waiver]) -> list[Finding]:
    waived = {waiver.rule: waiver.reason for waiver in waivers}
    return [
        Finding(rule=name, problem=problem, waived=waived.get(name))
        for name, rule in rules.items()
        for problem in rule(proposal)
    ]
