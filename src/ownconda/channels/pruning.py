"""Pruning: what goes from a channel without taking anything from what stays."""

from collections.abc import Callable, Collection, Mapping, Sequence
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


Others = Callable[[Collection[str]], Sequence[Standing]]
"""Gives the channels that stand on the pruned one, as they are when paths are gone from it."""


def pruned(  # noqa: PLR0913  (what is known, and how it is asked)
    standing: Standing,
    rules: PruneRules,
    *,
    machines: Sequence[Machine],
    open_solver: OpenSolver,
    now: int,
    others: Others = lambda _: (),
) -> Pruned:
    """Decide what goes: what is kept and could be installed on a machine can still be afterwards.

    That holds for the packages of ``others``, too. ``now`` is in milliseconds since 1970. Raises WrongInputError for
    rules that say nothing.
    """
    found = candidates(standing.own, rules, now=now)
    going, staying = dict(found.going), dict(found.staying)
    profiles = machines_for(subdirs(standing.own), machines)
    with ExitStack() as stack:
        befores = [stack.enter_context(Inquiry(one, profiles, open_solver)) for one in _without((), standing, others)]
        while going:
            afters = _without(going, standing, others)
            needed = {
                path: why
                for before, after in zip(befores, afters, strict=True)
                for path, why in _taken(before, after, going, stack).items()
            }
            if not needed:
                break
            for path, why in needed.items():
                staying[path] = why
                going.pop(path)
    return Pruned(going=going, staying=staying)


def _without(going: Collection[str], standing: Standing, others: Others) -> Sequence[Standing]:
    """Give the channel without what goes, and those that stand on it then."""
    left = {path: entry for path, entry in standing.own.items() if path not in going}
    return (replace(standing, own=left), *others(going))


def _taken(before: Inquiry, after: Standing, going: Mapping[str, str], stack: ExitStack) -> Mapping[str, str]:
    """Tell what of all that goes is needed by what could be installed, and couldn't be any more."""
    with Inquiry(after, before.machines, before.open_solver) as inquiry:
        lost = refusals(to_ask(before, inquiry), before, inquiry)
    needed = _needed(lost, before, going, stack, before.open_solver)
    if lost and not needed:
        return dict.fromkeys(going, "a solver can't say what needs it")
    return needed


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
