"""One call of the build command: recipes to plan, plan to packages."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.bench import Workshop
from ownconda.building.carrying_out import carry_out
from ownconda.building.conda_build import told_before
from ownconda.building.crew import Limits, crew
from ownconda.building.inputs import recipe_digest, recorded_inputs
from ownconda.building.locks import known_lock, lock_beside
from ownconda.building.materials import Store
from ownconda.building.outcomes import Outcome
from ownconda.building.output import Output, output_folder
from ownconda.building.plan import Plan, Present, make_plan
from ownconda.building.times import estimate, remember, remembered
from ownconda.conda.locks import Lock
from ownconda.conda.solver import package_names
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import Recipes
from ownconda.recipes.unknown import unknown_requirements
from ownconda.repodata.channel_folder import read_channel
from ownconda.repodata.entries import Entry
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True)
class Session:
    """A plan together with the channel on disk, which is locked for it."""

    recipes: Recipes
    plan: Plan
    output: Output
    digest: Callable[[Build], str]

    def run(
        self, *, store: Store, channels: Sequence[str], progress: Progress, limits: Limits, locked: bool = False
    ) -> list[Outcome]:
        """Carry out the plan; when ``locked``, with exactly the packages of each Build's lock.

        Raises WrongInputError when something is needed to build that neither a recipe makes nor a channel has, a
        recipe asks for what can't be done, or a lock isn't there.
        """
        if not locked:  # else the locks say what is needed
            self._check_requirements(channels)
        for problem in told_before(self.plan.to_build, self.recipes.rendering):
            progress.note(str(problem))
        for problem in self.output.damaged:
            progress.note(f"{problem}; it counts as not there")
        workshop = Workshop(
            output=self.output,
            store=store,
            channels=tuple(channels),
            rendering=self.recipes.rendering,
            digest=self.digest,
            locks=self._locks() if locked else {},
        )
        seconds = remembered(self.output.state)
        with crew(workshop, limits, seconds=functools.partial(estimate, seconds)) as workers:
            outcomes = carry_out(self.plan, self.recipes.graph, workshop, workers, progress)
        remember(self.output.state, outcomes)
        return outcomes

    def _locks(self) -> Mapping[Build, Lock]:
        """Read the locks of what will be built."""
        found = {build: known_lock(self.output.package(build.path)) for build in self.plan.to_build}
        lacking = [
            Problem(
                what=f"{build.label} has no lock",
                where=Where(file=lock_beside(self.output.package(build.path))),
                hint="build it once without --locked, or put the lock of that build there",
            )
            for build, lock in found.items()
            if lock is None
        ]
        if lacking:
            raise WrongInputError.of(lacking)
        return {build: lock for build, lock in found.items() if lock is not None}

    def _check_requirements(self, channels: Sequence[str]) -> None:
        known = {build.name for build in self.recipes.ordered}
        known |= {entry.record.name for entry in self.output.entries.values()}
        if unknown_requirements(self.plan.to_build, known):  # only then are the channels asked
            problems = unknown_requirements(self.plan.to_build, known | package_names(channels))
            if problems:
                raise WrongInputError.of(problems)


@contextmanager
def build_session(recipes: Recipes, output: Path, *, forced: bool = False) -> Iterator[Session]:
    """Open the channel on disk and plan what has to be built into it."""
    with output_folder(output) as opened:
        digest = _digest(opened.folder)
        plan = _plan(recipes, opened.folder, opened.entries, digest, forced=forced)
        yield Session(recipes, plan, opened, digest)


def plan_only(recipes: Recipes, output: Path, *, forced: bool = False) -> Plan:
    """Plan what would have to be built, and touch nothing."""
    folder = output.resolve()
    entries = {entry.path: entry for entry in read_channel(folder, damaged=[])}
    return _plan(recipes, folder, entries, _digest(folder), forced=forced)


def _digest(output: Path) -> Callable[[Build], str]:
    return functools.cache(functools.partial(recipe_digest, without=output))


def _plan(
    recipes: Recipes, output: Path, entries: Mapping[str, Entry], digest: Callable[[Build], str], *, forced: bool
) -> Plan:
    wanted = {build.path for build in recipes.ordered}
    present = {
        path: Present(sha256=entry.record.sha256, inputs=recorded_inputs(output / path) if path in wanted else None)
        for path, entry in entries.items()
    }
    return make_plan(recipes.ordered, recipes.graph.hard, present, digest=digest, forced=forced)
