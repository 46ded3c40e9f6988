"""Refusals: what an act would let in that can't be installed, and what could be installed no more after it."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ownconda.channels.gate.excuses import is_excused
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.needs import reaching
from ownconda.channels.gate.standing import offered
from ownconda.conda.machines import Machine
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record
from ownconda.conda.solutions import Unsolvable


class Kind(enum.StrEnum):
    """Why a package was asked about."""

    ARRIVAL = "arrival"
    LOSS = "loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A package that couldn't be installed on a machine after an act, in the solver's words.

    ``undecided``: the solver gave up, so that nobody knows.
    """

    path: str
    machine: str
    kind: Kind
    words: str
    undecided: bool = False


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


def refusals(asked: Iterable[Asked], before: Inquiry, after: Inquiry) -> tuple[Refusal, ...]:
    """Tell what speaks against an act, by path and machine."""
    found = (refusal for one in asked for refusal in _of_machine(one, before, after))
    return tuple(sorted(found, key=lambda one: (one.path, one.machine)))


def _affected(before: Inquiry, after: Inquiry, subdir: str) -> frozenset[str]:
    """Give what may have lost something: patched or hidden now, or led to something that isn't there as it was.

    More records never keep others from being installed, as long as all that was seen is seen.
    """
    was, will_be = before.seen(subdir), after.seen(subdir)
    lost = {path: one for path, one in was.items() if _differs(one, will_be.get(path))}
    return reaching(lost.values(), was) | frozenset(lost) if lost else frozenset()


def _differs(one: Record, other: Record | None) -> bool:
    return one is not other and one != other


def _of_machine(asked: Asked, before: Inquiry, after: Inquiry) -> Iterator[Refusal]:
    records = after.standing.own
    failed = after.unsolvable(sorted(asked.arriving | asked.affected), asked.machine)
    arriving = {
        path: answer
        for path, answer in failed.items()
        if path in asked.arriving and not is_excused(records[path].record, asked.machine, after)
    }
    yield from _refused(arriving, asked.machine, Kind.ARRIVAL)
    affected = {path: answer for path, answer in failed.items() if path not in asked.arriving}
    never = _surely_unsolvable(affected, asked.machine, before)
    yield from _refused({path: one for path, one in affected.items() if path not in never}, asked.machine, Kind.LOSS)


def _surely_unsolvable(affected: Mapping[str, Unsolvable], machine: Machine, before: Inquiry) -> frozenset[str]:
    """Give what couldn't be installed before either; where the solver gave up, it counts as what could."""
    answers = before.unsolvable(list(affected), machine) if affected else {}
    return frozenset(path for path, answer in answers.items() if not answer.undecided)


def _refused(answers: Mapping[str, Unsolvable], machine: Machine, kind: Kind) -> Iterator[Refusal]:
    for path, answer in answers.items():
        yield Refusal(path=path, machine=machine.name, kind=kind, words=answer.words, undecided=answer.undecided)
