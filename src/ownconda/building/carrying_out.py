"""A plan carried out: sources fetched, each Build built, sealed, tested and put into the channel."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ownconda import __version__
from ownconda.building.builder import Builder
from ownconda.building.materials import Materials, Store, gather, lay_out
from ownconda.building.output import Output
from ownconda.building.package_checks.channel_files import ChannelFiles
from ownconda.building.package_checks.inspection import Expectations, check_built, constraints
from ownconda.building.plan import Plan
from ownconda.building.requests import BuildRequest, TestRequest
from ownconda.building.seal import CHANNEL, Sealing, seal
from ownconda.conda.names import NOARCH
from ownconda.conda.package_files import read_member
from ownconda.conda.subdirs import current_subdir
from ownconda.errors import NoError, OwncondaError
from ownconda.graph.graph import Graph, closure
from ownconda.recipes.builds import Build
from ownconda.recipes.text import load
from ownconda.wires.files import make_folder
from ownconda.wires.progress import Bar, Progress

RENDERED = "info/recipe/rendered_recipe.yaml"

Status = Literal["built", "there already", "failed", "left out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one Build, and how many seconds it took; ``error`` when it failed."""

    build: Build
    status: Status
    seconds: float = 0.0
    reason: str = ""
    error: OwncondaError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All that building needs beside the plan.

    ``digest`` gives a Build's inputs; ``channels`` are asked after the output itself; ``context`` holds the variables
    that ownconda supplies while recipes are rendered; ``scratch`` is this run's own folder; ``expected`` is what the
    packages are judged by.
    """

    output: Output
    builder: Builder
    store: Store
    scratch: Path
    digest: Callable[[Build], str]
    channels: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    expected: Expectations = field(default_factory=Expectations)


def carry_out(plan: Plan, graph: Graph[Build], workshop: Workshop, progress: Progress) -> list[Outcome]:
    """Carry out a plan and tell what became of each Build.

    A Build that fails stops only what needs it. A package's tests run as soon as what it needs to run is there.
    """
    run = _Run(plan, graph, workshop, progress)
    make_folder(workshop.output.logs)
    with progress.bar("sources", len(plan.to_build)) as bar:
        run.fetch(plan.to_build, bar)
    with progress.bar("building", len(plan.to_build)) as bar:
        for build in plan.to_build:
            bar.say(build.label)
            run.build(build)
            run.test_what_can_be()
            bar.advance(1)
    run.test_the_rest()
    return [run.outcomes[step.build] for step in plan.steps]


class _Run:
    """The state of one plan being carried out: what became of each Build so far."""

    def __init__(self, plan: Plan, graph: Graph[Build], workshop: Workshop, progress: Progress) -> None:
        self._graph, self._workshop, self._progress = graph, workshop, progress
        self._materials: dict[Build, Materials] = {}
        self.outcomes: dict[Build, Outcome] = {
            step.build: Outcome(build=step.build, status="there already", reason=step.reason)
            for step in plan.steps
            if not step.needed
        }

    def fetch(self, builds: Sequence[Build], bar: Bar) -> None:
        for build in builds:
            bar.say(build.label)
            try:
                self._materials[build] = gather(build, self._workshop.store, self._progress)
            except OwncondaError as error:
                self._fail(build, error)
            bar.advance(1)

    def build(self, build: Build) -> None:
        if build in self.outcomes:  # its sources can't be had
            return
        missing = sorted(one.name for one in self._graph.hard[build] if not self._is_there(one))
        if missing:
            self.outcomes[build] = Outcome(build=build, status="left out", reason=f"{missing[0]} failed")
            return
        start = time.monotonic()
        try:
            sealed = self._sealed(build)
            tested = self._can_be_tested(build)
            if tested:
                self._test(build, sealed)
            self._workshop.output.add(sealed, now=time.time_ns() // 1_000_000, tested=tested)
        except OwncondaError as error:
            self._fail(build, error, seconds=time.monotonic() - start)
            return
        finally:
            for folder in ("out", "recipe", "sources"):
                shutil.rmtree(self._workshop.scratch / folder, ignore_errors=True)
        seconds = time.monotonic() - start
        self.outcomes[build] = Outcome(build=build, status="built", seconds=seconds)
        self._progress.note(f"built {build.label} in {seconds:.1f} s")

    def test_what_can_be(self) -> None:
        """Run the tests that waited for packages which are there by now."""
        for build in self._untested():
            if self._can_be_tested(build):
                self._test_in_channel(build)

    def test_the_rest(self) -> None:
        """Run the tests that still wait: what they wait for didn't come, and may not be needed after all."""
        for build in self._untested():
            self._test_in_channel(build)

    def _test_in_channel(self, build: Build) -> None:
        """Test a package that had to enter before it was tested; when it fails, it leaves again."""
        output = self._workshop.output
        try:
            self._test(build, output.package(build.path))
        except OwncondaError as error:
            output.remove(build.path)
            self._fail(build, error, seconds=self.outcomes[build].seconds)
        else:
            output.mark_tested(build.path)

    def _untested(self) -> list[Build]:
        waiting = self._workshop.output.untested
        return [build for build in self.outcomes if build.path in waiting and self._is_there(build)]

    def _is_there(self, build: Build) -> bool:
        return build in self.outcomes and self.outcomes[build].status in {"built", "there already"}

    def _sealed(self, build: Build) -> Path:
        shop, materials = self._workshop, self._materials[build]
        recipe = lay_out(
            build,
            materials,
            shop.scratch,
            variables=[*build.variant, *shop.context],
            without=shop.output.folder,
        )
        log = self._log(build)
        log.unlink(missing_ok=True)
        package = shop.builder.build(
            BuildRequest(
                recipe=str(recipe),
                name=build.name,
                build=build.build,
                variant=dict(build.variant),
                context=dict(shop.context),
                output=str(shop.scratch / "out"),
                channels=self._channels,
                log=str(log),
            )
        )
        if package.name != build.file_name:
            raise NoError(f"the builder made {package.name} where {build.file_name} was planned")
        sealed = shop.scratch / "sealed" / build.file_name
        seal(package, sealed, replace(self._sealing(build, materials, package), constrains=constraints(package)))
        channels = ChannelFiles(self._channels, kept=shop.output.lists_of_files)
        check_built(sealed, channels, shop.expected, self._progress)
        return sealed

    def _sealing(self, build: Build, materials: Materials, package: Path) -> Sealing:
        shop = self._workshop
        return Sealing(
            scratch=str(shop.scratch),
            time=materials.epoch,
            recipe=build.recipe.read_bytes(),
            texts={**materials.texts, **{url.rstrip("/"): CHANNEL for url in self._channels}},
            record={
                "ownconda": __version__,
                "recipe_sha256": shop.digest(build),
                "requirements": _environment(package),
                "sources": list(materials.origins),
            },
        )

    def _test(self, build: Build, package: Path) -> None:
        if build.subdir not in {NOARCH, current_subdir()}:
            self._progress.note(f"the tests of {build.label} can't run here: it is for {build.subdir}")
            return
        request = TestRequest(package=str(package), channels=self._channels, log=str(self._log(build)))
        self._workshop.builder.test(request, name=build.name)

    def _can_be_tested(self, build: Build) -> bool:
        needed = closure(lambda one: self._graph.soft[one], [build]) - {build}
        return all(self._is_there(one) for one in needed)

    @property
    def _channels(self) -> list[str]:
        return [self._workshop.output.url, *self._workshop.channels]

    def _log(self, build: Build) -> Path:
        return self._workshop.output.logs / f"{build.file_name.removesuffix('.conda')}.log"

    def _fail(self, build: Build, error: OwncondaError, *, seconds: float = 0.0) -> None:
        self._progress.note(f"failed {build.label}: {error.problems[0].what.splitlines()[0]}")
        self.outcomes[build] = Outcome(build=build, status="failed", seconds=seconds, reason=str(error), error=error)


def _environment(package: Path) -> dict[str, str]:
    """Read from a package, as the builder left it, what was in its build and host environments: path to sha256."""
    content = read_member(package, RENDERED)
    rendered = load(content.decode()) if content else {}
    dependencies = rendered.get("finalized_dependencies") if isinstance(rendered, dict) else None
    records: Iterable[Mapping[str, str]] = (
        record
        for section in ("build", "host")
        for record in ((dependencies or {}).get(section) or {}).get("resolved") or ()
    )
    return {f"{record['subdir']}/{record['fn']}": record["sha256"] for record in records if "sha256" in record}
