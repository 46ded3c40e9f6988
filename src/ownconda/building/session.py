"""One call of the build command: recipes to plan, plan to packages."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.builder import builder
from ownconda.building.carrying_out import Outcome, Workshop, carry_out
from ownconda.building.inputs import recipe_digest, recorded_inputs
from ownconda.building.output import Output, output_folder
from ownconda.building.plan import Plan, Present, make_plan
from ownconda.building.scratch import scratch_folder
from ownconda.building.store import Store
from ownconda.conda.solver import package_names
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import CONTEXT, Recipes
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

    def run(self, *, store: Store, channels: Sequence[str], progress: Progress) -> list[Outcome]:
        """Carry out the plan.

        Raises WrongInputError when something is needed to build that neither a recipe makes nor a channel has.
        """
        self._check_requirements(channels)
        for problem in self.output.damaged:
            progress.note(f"{problem}; it counts as not there")
        with scratch_folder(self.output.work) as scratch, builder() as worker:
            workshop = Workshop(
                output=self.output,
                builder=worker,
                store=store,
                scratch=scratch,
                channels=tuple(channels),
                context=CONTEXT,
                digest=self.digest,
            )
            return carry_out(self.plan, self.recipes.graph, workshop, progress)

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
    _check_formats(recipes.ordered)
    wanted = {build.path for build in recipes.ordered}
    present = {
        path: Present(sha256=entry.record.sha256, inputs=recorded_inputs(output / path) if path in wanted else None)
        for path, entry in entries.items()
    }
    return make_plan(recipes.ordered, recipes.graph.hard, present, digest=digest, forced=forced)


def _check_formats(builds: Sequence[Build]) -> None:
    old = dict.fromkeys(build.recipe for build in builds if build.format == "v0")
    if old:
        raise WrongInputError.of(
            Problem(
                what="conda-build recipes can be rendered and ordered, not built yet",
                where=Where(file=recipe),
                hint="leave it out, or give a recipe.yaml beside it, which wins",
            )
            for recipe in old
        )
