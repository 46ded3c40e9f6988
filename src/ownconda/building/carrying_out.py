"""A plan carried out: sources fetched, each Build built, sealed, tested and put into the channel."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ownconda import __version__
from ownconda.building.builder import Builder
from ownconda.building.materials import Materials, Store, gather, lay_out
from ownconda.building.output import Output
from ownconda.building.plan import Plan
from ownconda.building.requests import BuildRequest, TestRequest
from ownconda.building.seal import LOCAL_CHANNEL, Sealing, seal
from ownconda.conda.package_files import read_member
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
    that ownconda supplies while recipes are rendered; ``scratch`` is this run's own folder.
    """

    output: Output
    builder: Builder
    store: Store
    scratch: Path
    logs: Path
    digest: Callable[[Build], str]
    channels: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


def carry_out(plan: Plan, graph: Graph[Build], workshop: Workshop, progress: Progress) -> list[Outcome]:
    """Carry out a plan and tell what became of each Build.

    A Build that fails stops only what needs it. A package's tests run as soon as what it needs to run is there.
    """
    run = _Run(graph, workshop, progress)
    outcomes = {
        step.build: Outcome(build=step.build, status="there already", reason=step.reason) for step in plan.steps
    }
    run.available = {step.build for step in plan.steps if not step.needed}
    make_folder(workshop.logs)
    with progress.bar("sources", len(plan.to_build)) as bar:
        outcomes |= run.fetch(plan.to_build, bar)
    with progress.bar("building", len(plan.to_build)) as bar:
        for build in plan.to_build:
            if outcomes[build].status == "there already":
                bar.say(build.label)
                outcomes[build] = run.build(build, outcomes)
                outcomes |= run.test_what_is_ready(outcomes)
            bar.advance(1)
        outcomes |= run.test_what_is_ready(outcomes, all_of_them=True)
    return list(outcomes.values())


class _Run:
    """The state of one plan being carried out."""

    def __init__(self, graph: Graph[Build], workshop: Workshop, progress: Progress) -> None:
        self._graph, self._workshop, self._progress = graph, workshop, progress
        self._materials: dict[Build, Materials] = {}
        self._untested: list[Build] = []
        self.available: set[Build] = set()

    def fetch(self, builds: Sequence[Build], bar: Bar) -> dict[Build, Outcome]:
        failed: dict[Build, Outcome] = {}
        for build in builds:
            bar.say(build.label)
            try:
                self._materials[build] = gather(build, self._workshop.store, self._progress)
            except OwncondaError as error:
                failed[build] = self._failed(build, error, 0.0)
            bar.advance(1)
        return failed

    def build(self, build: Build, outcomes: Mapping[Build, Outcome]) -> Outcome:
        missing = [one for one in self._graph.hard[build] if outcomes[one].status in ("failed", "left out")]
        if missing:
            return Outcome(build=build, status="left out", reason=f"{missing[0].name} failed")
        start = time.monotonic()
        try:
            sealed = self._sealed(build)
            if self._can_be_tested(build, ready={*self.available, build}):
                self._test(build, sealed)
            else:
                self._untested.append(build)
            self._workshop.output.add(sealed, now=time.time_ns() // 1_000_000)
        except OwncondaError as error:
            return self._failed(build, error, time.monotonic() - start)
        finally:
            shutil.rmtree(self._workshop.scratch / "out", ignore_errors=True)
            shutil.rmtree(self._workshop.scratch / "recipe", ignore_errors=True)
        self.available.add(build)
        seconds = time.monotonic() - start
        self._progress.note(f"built {build.label} in {seconds:.1f} s")
        return Outcome(build=build, status="built", seconds=seconds)

    def test_what_is_ready(
        self, outcomes: Mapping[Build, Outcome], *, all_of_them: bool = False
    ) -> dict[Build, Outcome]:
        """Run the tests that had to wait for other packages; what fails them leaves the channel again."""
        changed: dict[Build, Outcome] = {}
        for build in list(self._untested):
            if all_of_them or self._can_be_tested(build, ready=self.available):
                self._untested.remove(build)
                try:
                    self._test(build, self._workshop.output.package(build.path))
                except OwncondaError as error:
                    self._workshop.output.remove(build.path)
                    self.available.discard(build)
                    changed[build] = self._failed(build, error, outcomes[build].seconds)
        return changed

    def _sealed(self, build: Build) -> Path:
        shop, materials = self._workshop, self._materials[build]
        recipe = lay_out(build, materials, shop.scratch / "recipe", variables=[*build.variant, *shop.context])
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
        seal(package, sealed, self._sealing(build, materials, package))
        return sealed

    def _sealing(self, build: Build, materials: Materials, package: Path) -> Sealing:
        shop = self._workshop
        return Sealing(
            scratch=str(shop.scratch),
            time=materials.epoch,
            recipe=build.recipe.read_bytes(),
            texts={**materials.texts, **{url: LOCAL_CHANNEL for url in self._channels if url.startswith("file:")}},
            record={
                "ownconda": __version__,
                "recipe_sha256": shop.digest(build),
                "requirements": _environment(package),
                "sources": list(materials.origins),
            },
        )

    def _test(self, build: Build, package: Path) -> None:
        request = TestRequest(package=str(package), channels=self._channels, log=str(self._log(build)))
        self._workshop.builder.test(request, name=build.name)

    def _can_be_tested(self, build: Build, *, ready: set[Build]) -> bool:
        needed = closure(lambda one: self._graph.soft[one], [build])
        return needed <= ready

    @property
    def _channels(self) -> list[str]:
        return [self._workshop.output.url, *self._workshop.channels]

    def _log(self, build: Build) -> Path:
        return self._workshop.logs / f"{build.file_name.removesuffix('.conda')}.log"

    def _failed(self, build: Build, error: OwncondaError, seconds: float) -> Outcome:
        self._progress.note(f"failed {build.label}: {error.problems[0].what.splitlines()[0]}")
        return Outcome(build=build, status="failed", seconds=seconds, reason=str(error), error=error)


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
