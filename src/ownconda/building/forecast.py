"""How long a plan will take: its levels, its work, its longest chain, and the whole with several at a time. Pure."""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ownconda.building.plan import Plan
from ownconda.building.waiting import Needs, Waiting, start_needs, work_ahead
from ownconda.recipes.builds import Build

Seconds = Callable[[Build], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Estimates, in seconds: all work together, the longest chain, and the whole with so many builds at a time.

    ``levels`` counts for each Build how many must be built one after the other before it, from 1.
    """

    levels: Mapping[Build, int]
    work: float
    longest: float
    whole: float


def forecast(plan: Plan, hard: Needs, soft: Needs, *, seconds: Seconds, jobs: int) -> Forecast:
    """Estimate how a plan will be carried out."""
    needs = start_needs([step.build for step in plan.steps], hard, soft)
    ahead = work_ahead(plan.to_build, needs, seconds)
    return Forecast(
        levels=_levels(plan, needs),
        work=sum(map(seconds, plan.to_build)),
        longest=max(ahead.values(), default=0.0),
        whole=_whole(Waiting(plan.to_build, needs, ahead), seconds, jobs),
    )


def _levels(plan: Plan, needs: Needs) -> dict[Build, int]:
    levels: dict[Build, int] = {}
    for build in plan.to_build:
        levels[build] = 1 + max((levels.get(need, 0) for need in needs[build]), default=0)
    return levels


def _whole(waiting: Waiting, seconds: Seconds, jobs: int) -> float:
    """Let the plan run, in thought."""
    now, number = 0.0, 0
    running: list[tuple[float, int, Build]] = []
    while waiting or running:
        for build in waiting.ready[: jobs - len(running)]:
            waiting.start(build)
            number += 1
            heapq.heappush(running, (now + seconds(build), number, build))
        now, _, build = heapq.heappop(running)
        waiting.end(build)
    return now
