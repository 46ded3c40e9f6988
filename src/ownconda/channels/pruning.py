"""Pruning: what goes from a channel without taking anything from what stays."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.refusals import Refusal, refusals, to_ask
from ownconda.channels.gate.standing import Standing, subdirs
from ownconda.channels.prune_rules import PruneRules, candidates
from ownconda.conda.machines import Machine, machines_for
from ownconda.conda.solutions import OpenSolver, Solution, Solver


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Paths of what goes, and of what stays although it is old; each with the reason."""

    going: Mapping[str, str]
    staying: Mapping[str, str]


def pruned(
    standing: Standing, rules: PruneRules, *, machines: Sequence[Machine], open_solver: OpenSolver, now: int
) -> Pruned:
    """Decide what goes: what is kept and could be installed on a machine can still be afterwards.

    ``now`` is in milliseconds since 1970. Raises WrongInputError for rules that say nothing.
    """
    found = candidates(standing.own, rules, now=now)
    going, staying = dict(found.going), dict(found.staying)
    profiles = machines_for(subdirs(standing.own), machines)
    with ExitStack() as stack:
        before = stack.enter_context(Inquiry(standing, profiles, open_solver))
        while going and (lost := _lost(standing, going, before)):
            needed = _needed(lost, before, going, stack, open_solver)
            if not needed:
                going.clear()  # a solver that can't say what it needs: nothing goes
            for path, why in needed.items():
                going.pop(path, None)
                staying[path] = why
    return Pruned(going=going, staying=staying)


def _lost(standing: Standing, going: Mapping[str, str], before: Inquiry) -> Sequence[Refusal]:
    """Tell what could be installed, and couldn't be without what goes."""
    left = replace(standing, own={path: entry for path, entry in standing.own.items() if path not in going})
    with Inquiry(left, before.machines, before.open_solver) as after:
        return refusals(to_ask(before, after), before, after)


def _needed(
    lost: Sequence[Refusal], before: Inquiry, going: Mapping[str, str], stack: ExitStack, open_solver: OpenSolver
) -> dict[str, str]:
    """Find for each what it is installed with today, as far as that is to go."""
    machines = {machine.name: machine for machine in before.machines}
    solvers: dict[str, Solver] = {}
    needed: dict[str, str] = {}
    for refusal in lost:
        machine = machines[refusal.machine]
        there = before.seen(machine.subdir)
        if machine.subdir not in solvers:
            solvers[machine.subdir] = stack.enter_context(open_solver(there.values()))
        answer = solvers[machine.subdir].together([there[refusal.path]], machine)
        if isinstance(answer, Solution):
            needed |= {
                path: f"{refusal.path} needs it" for path in answer.paths if path in going and path not in needed
            }
    return needed
