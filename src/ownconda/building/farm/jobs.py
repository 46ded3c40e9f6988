"""Jobs: units, and what hands packages on between them, divided among pipelines within GitLab's limits."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ownconda.building.farm.units import Unit
from ownconda.recipes.builds import Build

LONGEST_NAME = 255
"""How many characters a job's name may have (https://docs.gitlab.com/ci/jobs/#job-names); a file's have 211 at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one pipeline may hold.

    ``jobs`` in it (https://docs.gitlab.com/administration/cicd/limits/#maximum-number-of-jobs-in-a-pipeline), of which
    ``reserved`` are none of these; ``needs`` of a job
    (https://docs.gitlab.com/administration/cicd/limits/#maximum-number-of-needs-dependencies); ``weight`` of all jobs.
    """

    jobs: int = 500
    needs: int = 50
    weight: int = 2_000_000
    reserved: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that builds or, when it ``gathers``, hands packages on, so that other jobs need one job for all of them.

    ``needs`` are names of jobs before it in its pipeline; GitLab gives a job the packages of just these.
    """

    name: str
    builds: tuple[Build, ...] = ()
    gathers: tuple[Build, ...] = ()
    needs: tuple[str, ...] = ()


def divide(units: Sequence[Unit], limits: Limits, *, weigh: Callable[[Job], int]) -> tuple[tuple[Job, ...], ...]:
    """Give the jobs of each pipeline, in an order in which they can run; one pipeline where that is possible.

    Pipelines run one after the other, so that what counts is how deep they are: units stand by levels, and a
    pipeline takes as many as it may hold. A job that needs the packages of more jobs than it may name gets some of
    them from a job that gathers them.
    """
    names = _names(units)
    parts = [_Part(units, names, limits, weigh)]
    for place in range(len(units)):
        if not parts[-1].takes(place):
            parts.append(_Part(units, names, limits, weigh))
            parts[-1].takes(place)
    return tuple(tuple(part.jobs) for part in parts if part.jobs)


class _Part:
    """One pipeline being filled. Sets of units are integers here: bit n stands for unit n."""

    def __init__(
        self, units: Sequence[Unit], names: Sequence[str], limits: Limits, weigh: Callable[[Job], int]
    ) -> None:
        self._units, self._names, self._limits, self._weigh = units, names, limits, weigh
        self._held = 0
        self._weight = 0
        self._gathering: dict[int, str] = {}
        self._bundles: dict[int, int] = {}
        self.jobs: list[Job] = []

    def takes(self, place: int) -> bool:
        """Add a unit's job, and those that gather for it, unless there is no room for them all."""
        before = len(self.jobs), dict(self._gathering)
        unit, here = self._units[place], self._held
        needs = self._needs(_bits(unit.at_hand) & here)
        self.jobs.append(Job(name=self._names[place], builds=unit.builds, needs=needs))
        weight = sum(map(self._weigh, self.jobs[before[0] :]))
        if before[0] and not self._fits(weight):
            del self.jobs[before[0] :]
            self._gathering = before[1]
            return False
        self._weight += weight
        self._held |= 1 << place
        self._bundles[place] = (_bits(unit.to_run) & here) | 1 << place
        return True

    def _fits(self, weight: int) -> bool:
        return (
            len(self.jobs) + self._limits.reserved <= self._limits.jobs and self._weight + weight <= self._limits.weight
        )

    def _needs(self, wanted: int, *, within: int = -1) -> tuple[str, ...]:
        """Name jobs that together have the packages of ``wanted``, no more of them than a job may need.

        As long as there are too many, one unit with all that it needs to run is taken together: one that is gathered
        already, else the one that saves most. ``within`` are the units of which that may be done.
        """
        left, chosen = wanted, list[int]()
        while left.bit_count() + len(chosen) > self._limits.needs:
            saving = {one: self._saved(one, left) for one in _places(left & within)}
            gathered = [one for one in saving if saving[one] and self._bundles[one] in self._gathering]
            best = max(gathered or saving, key=saving.__getitem__, default=None)
            if best is None or not saving[best]:
                break
            chosen.append(best)
            left &= ~self._bundles[best]
        bundles = [(self._bundle(one), self._bundles[one]) for one in chosen]
        return self._fanned_in([*bundles, *((self._names[one], 1 << one) for one in _places(left))])

    def _saved(self, place: int, wanted: int) -> int:
        return (self._bundles[place] & wanted).bit_count() - 1

    def _bundle(self, place: int) -> str:
        """Name the job that gathers a unit with all that it needs to run."""
        wanted = self._bundles[place]
        if wanted not in self._gathering:
            needs = self._needs(wanted, within=wanted & ~(1 << place))
            self._gather(wanted, needs)
        return self._gathering[wanted]

    def _fanned_in(self, sources: Sequence[tuple[str, int]]) -> tuple[str, ...]:
        """Gather jobs, and again what gathers them, until there are few enough."""
        while len(sources) > self._limits.needs:
            sources = [self._joined(some) for some in _chunks(sources, self._limits.needs)]
        return tuple(name for name, _ in sources)

    def _joined(self, sources: Sequence[tuple[str, int]]) -> tuple[str, int]:
        wanted = 0
        for _, held in sources:
            wanted |= held
        if len(sources) == 1:
            return sources[0]
        if wanted not in self._gathering:
            self._gather(wanted, tuple(name for name, _ in sources))
        return self._gathering[wanted], wanted

    def _gather(self, wanted: int, needs: tuple[str, ...]) -> None:
        builds = tuple(build for place in _places(wanted) for build in self._units[place].builds)
        digest = hashlib.sha256("\n".join(build.path for build in builds).encode()).hexdigest()
        name = f"gather {len(builds)} packages ({digest[:12]})"
        self._gathering[wanted] = name
        self.jobs.append(Job(name=name, gathers=builds, needs=needs))


def _names(units: Sequence[Unit]) -> list[str]:
    """Name each unit's job after its first Build; the subdir is told where names alone would be the same."""
    plain = [_name(unit, _first(unit.builds[0])) for unit in units]
    counted = Counter(plain)
    return [
        name if counted[name] == 1 else _name(unit, f"{_first(unit.builds[0])} {unit.builds[0].subdir}")
        for name, unit in zip(plain, units, strict=True)
    ]


def _first(build: Build) -> str:
    return f"{build.name} {build.version} {build.build}"


def _name(unit: Unit, first: str) -> str:
    more = f" and {len(unit.builds) - 1} more" if len(unit.builds) > 1 else ""
    return f"build {first}{more}"


def _bits(places: frozenset[int]) -> int:
    return sum(1 << place for place in places)


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _chunks(sources: Sequence[tuple[str, int]], size: int) -> Iterator[Sequence[tuple[str, int]]]:
    return (sources[start : start + size] for start in range(0, len(sources), size))
