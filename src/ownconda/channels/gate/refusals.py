"""Refusals: what an act would let in that can't be installed, and what could be installed no more after it."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from ownconda.channels.gate.excuses import is_excused
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.needs import reaching
from ownconda.channels.gate.stand_ins import irreplaceable
from ownconda.channels.gate.standing import offered
from ownconda.conda.machines import Machine
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record
from ownconda.conda.solutions import Unsolvable

ENOUGH = 100
"""So many refusals of a machine are looked for; that it is refused is certain then, and each more costs questions."""

_AT_ONCE = 64  # so many are asked about together whether they could be installed before
_IN_FULL = 12  # so many packages are told in the solver's words, though they are certain without it


class Kind(enum.StrEnum):
    """Why a package was asked about."""

    ARRIVAL = "arrival"
    LOSS = "loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A package that couldn't be installed on a machine after an act, in the solver's words.

    ``undecided``: the solver gave up, so that nobody knows. ``channel`` is the one that lists it, where that isn't the
    one that is changed.
    """

    path: str
    machine: str
    kind: Kind
    words: str
    undecided: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Paths that a machine has to be asked about: of what arrives, and of what may have lost something."""

    machine: Machine
    arriving: frozenset[str]
    affected: frozenset[str]


def to_ask(before: Inquiry, after: Inquiry) -> tuple[Asked, ...]:
    """Decide which packages of the channel have to be asked about, machine by machine."""
    was, will_be = offered(before.standing.own), offered(after.standing.own)
    arriving = {path: record for path, record in will_be.items() if path not in was}
    affected = {subdir: _affected(before, after, subdir) for subdir in {one.subdir for one in after.machines}}
    return tuple(
        Asked(
            machine=machine,
            arriving=frozenset(path for path, one in arriving.items() if one.subdir in {machine.subdir, NOARCH}),
            affected=frozenset(path for path in affected[machine.subdir] if path in was and path in will_be),
        )
        for machine in after.machines
    )


def refusals(asked: Iterable[Asked], before: Inquiry, after: Inquiry, *, most: int = ENOUGH) -> tuple[Refusal, ...]:
    """Tell what speaks against an act, by path and machine; ``most`` arrivals and as many losses of each machine."""
    found = (
        refusal
        for one in asked
        for some in (_arrivals(one, after), _losses(one, before, after))
        for refusal in islice(some, most)
    )
    return tuple(sorted(found, key=lambda one: (one.path, one.machine)))


def in_words(found: Sequence[Refusal], after: Inquiry) -> tuple[Refusal, ...]:
    """Tell the first refusals in the solver's words."""
    machines = {machine.name: machine for machine in after.machines}
    first = set(list(dict.fromkeys(one.path for one in found if not one.undecided))[:_IN_FULL])
    answers = {one: after.in_words(one.path, machines[one.machine]) for one in found if one.path in first}
    return tuple(replace(one, words=answer.words) if (answer := answers.get(one)) else one for one in found)


def _affected(before: Inquiry, after: Inquiry, subdir: str) -> frozenset[str]:
    """Give what may have lost something: patched or hidden now, or led to something that isn't there as it was.

    More records never keep others from being installed, as long as all that was seen is seen.
    """
    was, will_be = before.seen(subdir), after.seen(subdir)
    lost = {path: one for path, one in was.items() if _differs(one, will_be.get(path))}
    if not lost:
        return frozenset()
    stays = {path: one for path, one in was.items() if path not in lost}
    return reaching(irreplaceable(lost, was, stays), was) | frozenset(lost)


def _differs(one: Record, other: Record | None) -> bool:
    return one is not other and one != other


def _arrivals(asked: Asked, after: Inquiry) -> Iterator[Refusal]:
    for path, answer in after.failing(sorted(asked.arriving), asked.machine):
        if not is_excused(after.standing.own[path].record, asked.machine, after):
            yield _refusal(path, asked.machine, Kind.ARRIVAL, answer)


def _losses(asked: Asked, before: Inquiry, after: Inquiry) -> Iterator[Refusal]:
    """Find what could be installed before, and can't be any more."""
    if not asked.affected:
        return
    machine = asked.machine
    able = asked.affected - before.dead_ends(machine).keys()
    dead = able & after.dead_ends(machine).keys()
    in_words = ((path, _dead_end(path, after, machine)) for path in sorted(dead))
    failing = chain(in_words, after.failing(sorted(able - dead), machine))
    while some := dict(islice(failing, _AT_ONCE)):
        answers = before.unsolvable(list(some), machine)
        for path, answer in some.items():
            # where the solver gave up, it counts as what could be installed
            if path not in answers or answers[path].undecided:
                yield _refusal(path, machine, Kind.LOSS, answer)


def _dead_end(path: str, after: Inquiry, machine: Machine) -> Unsolvable:
    return Unsolvable(words=after.dead_ends(machine)[path])


def _refusal(path: str, machine: Machine, kind: Kind, answer: Unsolvable) -> Refusal:
    return Refusal(path=path, machine=machine.name, kind=kind, words=answer.words, undecided=answer.undecided)
