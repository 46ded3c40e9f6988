"""One call of the build command: recipes to plan, plan to packages."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.building.bench import Workshop
from ownconda.building.carrying_out import carry_out
from ownconda.building.conda_build import told_before
from ownconda.building.crew import Limits, crew
from ownconda.building.file_names import check_file_names
from ownconda.building.forecast import Forecast, forecast
from ownconda.building.holdings import elsewhere, here
from ownconda.building.inputs import recipe_digest
from ownconda.building.invocation import Invocation
from ownconda.building.last_run import remember_unfinished
from ownconda.building.launching import THIS_MACHINE, Machine
from ownconda.building.locks import known_lock, lock_beside
from ownconda.building.memory import remarks_on_memory
from ownconda.building.outcomes import Outcome
from ownconda.building.output import Output, output_folder, state_folder
from ownconda.building.package_checks.inspection import Expectations
from ownconda.building.plan import Holdings, Plan, make_plan
from ownconda.building.store import Store
from ownconda.building.times import estimate, remember, remembered
from ownconda.building.toolchains import emulated, without_toolchain
from ownconda.conda.gateway import package_names
from ownconda.conda.locks import Lock
from ownconda.conda.subdirs import current_subdir
from ownconda.errors import NoError, OutsideError, Problem, Where, WrongInputError
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
    channels: tuple[str, ...]
    digest: Callable[[Build], str]
    machine: Machine

    def run(  # noqa: PLR0913  (each is a choice of its own)
        self,
        *,
        store: Store,
        progress: Progress,
        limits: Limits,
        judged: Expectations | None = None,
        invocation: Invocation | None = None,
        locked: bool = False,
    ) -> list[Outcome]:
        """Carry out the plan; when ``locked``, with exactly the packages of each Build's lock.

        Packages are ``judged`` by where they are built, if by nothing else.

        ``invocation`` tells who builds, when it is more than somebody on some machine.

        Raises NoError when a package of that name exists already that was made from something else, WrongInputError
        when something is needed to build that neither a recipe makes nor a channel has, or a lock isn't there,
        OutsideError when a package is for a platform that nothing here can build for.
        """
        if self.plan.refusals:
            raise NoError.of(self.plan.refusals)
        if not locked:  # else the locks say what is needed
            self._check_requirements()
        self._check_toolchains()
        for problem in told_before(self.plan.to_build, self.recipes.rendering):
            progress.note(str(problem))
        for remark in remarks_on_memory(self.plan.to_build, limits.memory):
            progress.note(remark)
        for problem in self.output.damaged:
            progress.note(f"{problem}; it counts as not there")
        workshop = Workshop(
            output=self.output,
            store=store,
            channels=self.channels,
            rendering=self.recipes.rendering,
            digest=self.digest,
            expected=judged or Expectations(floor=self.machine.floor),
            machine=self.machine,
            invocation=invocation or Invocation(),
            locks=self._locks() if locked else {},
            keep=limits.keep_build,
        )
        seconds = remembered(self.output.state)
        with crew(workshop, limits, seconds=functools.partial(estimate, seconds)) as workers:
            outcomes = carry_out(self.plan, self.recipes.graph, workshop, workers, progress)
        remember(self.output.state, outcomes)
        remember_unfinished(self.output.state, outcomes)
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

    def _check_requirements(self) -> None:
        known = {build.name for build in self.recipes.ordered}
        known |= {entry.record.name for entry in self.output.entries.values()}
        if unknown_requirements(self.plan.to_build, known):  # only then are the channels asked
            problems = unknown_requirements(self.plan.to_build, known | package_names(self.channels))
            if problems:
                raise WrongInputError.of(problems)

    def _check_toolchains(self) -> None:
        problems = without_toolchain(self.plan.to_build, own=current_subdir(), emulated=emulated())
        if problems:
            raise OutsideError.of(problems)


@contextmanager
def build_session(
    recipes: Recipes,
    output: Path,
    *,
    channels: Sequence[str] = (),
    machine: Machine = THIS_MACHINE,
    forced: bool = False,
) -> Iterator[Session]:
    """Open the channel on disk and plan what has to be built into it, with what ``channels`` (addresses) hold.

    Raises OutsideError when another build works there, or a channel can't be reached.
    """
    with output_folder(output) as opened:
        digest = _digest(opened.folder)
        plan = _plan(recipes, opened.folder, opened.entries, channels, digest, machine, forced=forced)
        yield Session(recipes, plan, opened, tuple(channels), digest, machine)


def plan_only(
    recipes: Recipes,
    output: Path,
    *,
    channels: Sequence[str] = (),
    machine: Machine = THIS_MACHINE,
    forced: bool = False,
) -> Plan:
    """Plan what would have to be built, and touch nothing."""
    folder = output.resolve()
    entries = {entry.path: entry for entry in read_channel(folder, damaged=[])}
    return _plan(recipes, folder, entries, channels, _digest(folder), machine, forced=forced)


def expected(plan: Plan, recipes: Recipes, output: Path, limits: Limits) -> Forecast:
    """Estimate how a plan will be carried out, by how long its packages took before."""
    seconds = functools.partial(estimate, remembered(state_folder(output)))
    return forecast(plan, recipes.graph.hard, recipes.graph.soft, seconds=seconds, jobs=limits.jobs)


def _digest(output: Path) -> Callable[[Build], str]:
    return functools.cache(functools.partial(recipe_digest, without=output))


def _plan(  # noqa: PLR0913, PLR0917  (each is a fact of its own)
    recipes: Recipes,
    output: Path,
    entries: Mapping[str, Entry],
    channels: Sequence[str],
    digest: Callable[[Build], str],
    machine: Machine,
    *,
    forced: bool,
) -> Plan:
    """Plan with what is here; only what would be built then is looked for in the channels."""
    check_file_names(recipes.ordered)
    planned = functools.partial(
        make_plan, recipes.ordered, recipes.graph.hard, digest=digest, image=machine.record.get("id", ""), forced=forced
    )
    holdings = Holdings(here=here(recipes.ordered, output, entries))
    plan = planned(holdings)
    if not channels or not plan.to_build:
        return plan
    return planned(replace(holdings, elsewhere=elsewhere(plan.to_build, channels)))
