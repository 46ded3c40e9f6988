"""The smallest addition: what else would have to come along, so that the gate lets an act pass."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, combinations, islice

from ownconda.channels.gate.excuses import is_excused, machines_of
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.needs import names_needed
from ownconda.channels.gate.refusals import Refusal, refusals, to_ask
from ownconda.channels.gate.standing import Standing, offered
from ownconda.channels.snapshots import Contents
from ownconda.conda.machines import Machine
from ownconda.conda.solutions import OpenSolver
from ownconda.conda.versions import version_key

MOST_TRIALS = 300
"""So many choices are tried at most to leave out what can be spared, and as many to find a smaller one."""
_TRIAL = 5  # how much more work that is than to look for a dead end
_MOST_WORK = 100_000  # trials times records, since each trial reads what may be needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A state that the gate refuses, why, and the packages that may be added to it."""

    after: Standing
    refused: Sequence[Refusal]
    candidates: Contents
    machines: Sequence[Machine]
    open_solver: OpenSolver


def smallest_addition(lacking: Lacking) -> tuple[str, ...] | None:
    """Give the paths of the fewest candidates with which nothing is refused; None where no choice of them is enough.

    What is added has to be installable itself. As far as `MOST_TRIALS` go, none can be left out of the answer, and no
    other choice has fewer; with large channels there are fewer trials.
    """
    narrowed = _narrowed(lacking)
    enough = _installable(narrowed, _newest_first(narrowed.candidates))
    if not enough or not _passes(narrowed, enough):
        return None
    found = _irreducible(narrowed, _first_guess(narrowed, enough))
    return tuple(sorted(_smaller(narrowed, enough, len(found)) or found))


def _narrowed(lacking: Lacking) -> Lacking:
    """Leave out what isn't needed by anything refused, unless channels beneath make names hide each other."""
    own = {path: entry for path, entry in lacking.after.own.items() if not entry.yanked}
    fresh = {path: lacking.candidates[path] for path in offered(lacking.candidates) if path not in lacking.after.own}
    others = chain.from_iterable(contents.values() for contents in (*lacking.after.above, *lacking.after.below))
    records = [entry.record for entry in chain(own.values(), fresh.values(), others)]
    names = names_needed([own[refusal.path].record for refusal in lacking.refused], records)
    candidates = {path: entry for path, entry in fresh.items() if entry.record.name in names}
    if lacking.after.alone:
        own = {path: entry for path, entry in own.items() if entry.record.name in names}
    return replace(lacking, after=replace(lacking.after, own=own), candidates=candidates)


def _installable(lacking: Lacking, paths: Sequence[str]) -> tuple[str, ...]:
    """Give the largest part of these candidates in which each can be installed."""
    left = tuple(paths)
    while left:
        with _tried(lacking, left) as (before, after):
            bad = {refusal.path for refusal in refusals(to_ask(before, after), before, after)}.intersection(left)
        if not bad:
            break
        left = tuple(path for path in left if path not in bad)
    return left


def _passes(lacking: Lacking, paths: Collection[str]) -> bool:
    with _tried(lacking, paths) as (before, after):
        return not _still_refused(lacking, after) and not refusals(to_ask(before, after), before, after, most=1)


@contextmanager
def _tried(lacking: Lacking, paths: Iterable[str]) -> Iterator[tuple[Inquiry, Inquiry]]:
    """Ask the refused state, and what it is with some of the candidates."""
    own = {**lacking.after.own, **{path: lacking.candidates[path] for path in paths}}
    with (
        Inquiry(lacking.after, lacking.machines, lacking.open_solver) as before,
        Inquiry(replace(lacking.after, own=own), lacking.machines, lacking.open_solver) as after,
    ):
        yield before, after


def _still_refused(lacking: Lacking, after: Inquiry) -> bool:
    return any(
        not is_excused(after.standing.own[path].record, machine, after)
        for machine in lacking.machines
        for path, _ in after.failing([one.path for one in lacking.refused if one.machine == machine.name], machine)
    )


def _first_guess(lacking: Lacking, enough: Sequence[str]) -> tuple[str, ...]:
    """Take what the solver takes where everything is there: enough mostly, and much less than everything."""
    machines = {machine.name: machine for machine in lacking.machines}
    with _tried(lacking, enough) as (_, after):
        taken = [after.solution(refusal.path, machines[refusal.machine]) for refusal in lacking.refused]
    guess = tuple(path for path in enough if any(path in some for some in taken))
    return guess if guess and _passes(lacking, guess) else tuple(enough)


def _irreducible(lacking: Lacking, enough: Sequence[str]) -> tuple[str, ...]:
    """Leave out what can be spared, with all that can't be installed without it: large parts first, old ones first."""
    kept = tuple(enough)
    work = _trials(lacking) * _TRIAL
    size = len(kept)
    while size := size // 2:
        for part in reversed(list(_parts(kept, size))):
            fewer = [path for path in kept if path not in part]
            if work <= 0 or len(fewer) == len(kept):
                continue
            work -= 1
            if _is_hopeless(lacking, fewer):
                continue
            work -= _TRIAL
            able = _installable(lacking, fewer)
            kept = able if able != kept and _passes(lacking, able) else kept
    return kept


def _is_hopeless(lacking: Lacking, paths: Collection[str]) -> bool:
    """Tell whether something refused is a dead end on all machines still, which takes no solver."""
    with _tried(lacking, paths) as (_, after):
        records = [after.standing.own[path].record for path in {one.path for one in lacking.refused}]
        return any(
            all(record.path in after.dead_ends(machine) for machine in machines_of(record, after)) for record in records
        )


def _parts(paths: Sequence[str], size: int) -> Iterator[frozenset[str]]:
    for start in range(0, len(paths), size):
        yield frozenset(paths[start : start + size])


def _smaller(lacking: Lacking, candidates: Sequence[str], size: int) -> tuple[str, ...] | None:
    """Find a choice of fewer than ``size`` by trying, the smallest first, as far as that is worth the time."""
    choices = chain.from_iterable(combinations(candidates, fewer) for fewer in range(1, size))
    return next((choice for choice in islice(choices, _trials(lacking)) if _passes(lacking, choice)), None)


def _trials(lacking: Lacking) -> int:
    return min(MOST_TRIALS, _MOST_WORK // (len(lacking.after.own) + len(lacking.candidates)))


def _newest_first(candidates: Contents) -> tuple[str, ...]:
    return tuple(sorted(candidates, key=lambda path: _age(candidates, path), reverse=True))


def _age(candidates: Contents, path: str) -> tuple[object, ...]:
    record = candidates[path].record
    return (*version_key(record.version), record.build_number, path)
