"""A plan carried out: sources fetched, each Build built, sealed, tested and put into the channel; several at a time."""

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconda.building.bench import Bench, Workshop, can_be_tested_here
from ownconda.building.crew import Crew
from ownconda.building.kept import Kept
from ownconda.building.materials import Materials, gather
from ownconda.building.memory import startable
from ownconda.building.outcomes import Outcome
from ownconda.building.plan import Plan
from ownconda.building.waiting import Waiting, start_needs, work_ahead
from ownconda.errors import OwncondaError
from ownconda.graph.graph import Graph, closure
from ownconda.recipes.builds import Build
from ownconda.wires.files import make_folder
from ownconda.wires.memory import memory_left
from ownconda.wires.progress import Bar, Progress

DOWNLOADS = 4
"""How many archives are fetched at a time."""


def carry_out(plan: Plan, graph: Graph[Build], workshop: Workshop, crew: Crew, progress: Progress) -> list[Outcome]:
    """Carry out a plan and tell what became of each Build.

    A Build starts as soon as what it needs is there, the one with the most work ahead first. One that fails stops only
    what needs it. A package's tests run as soon as what it needs to run is there.
    """
    make_folder(workshop.output.logs)
    downloads = ThreadPoolExecutor(DOWNLOADS)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(crew.benches)))
        stack.callback(downloads.shutdown, wait=False, cancel_futures=True)
        for bench in crew.benches:
            stack.callback(bench.end)  # so that no thread of the pool waits for ever
        bar = stack.enter_context(progress.bar("building", len(plan.to_build)))
        run = _Run(plan, graph, workshop, crew, progress)
        run.fetch(downloads)
        while run.start(pool):
            run.settle(bar)
    return [run.outcomes[step.build] for step in plan.steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a bench is busy with: making a package, and testing it when ``tested``; or testing one that is there."""

    build: Build
    bench: Bench
    started: float
    tested: bool
    made: bool


class _Run:
    """The state of one plan being carried out. Only one thread touches it; the others work at the benches."""

    def __init__(self, plan: Plan, graph: Graph[Build], workshop: Workshop, crew: Crew, progress: Progress) -> None:
        self._graph, self._workshop, self._crew, self._progress = graph, workshop, crew, progress
        needs = start_needs([step.build for step in plan.steps], graph.hard, graph.soft)
        self._waiting = Waiting(plan.to_build, needs, work_ahead(plan.to_build, needs, crew.seconds))
        self._left = Counter(build.recipe for build in plan.to_build)
        self._free = list(crew.benches)
        self._bench_of: dict[Path, Bench] = {}
        self._tasks: dict[Future[Path], _Task] = {}
        self._materials: dict[Build, Future[Materials]] = {}
        self.outcomes: dict[Build, Outcome] = {
            step.build: Outcome(build=step.build, status="there already", reason=step.reason)
            for step in plan.steps
            if not step.needed
        }

    def fetch(self, downloads: ThreadPoolExecutor) -> None:
        """Begin to fetch all sources, first those that are needed first."""
        for build in self._waiting.by_work:
            self._materials[build] = downloads.submit(gather, build, self._workshop.store, self._progress)

    def start(self, pool: ThreadPoolExecutor) -> bool:
        """Start what can be started, and tell whether there is something to wait for."""
        while self._free and (self._start_test(pool) or self._leave_out() or self._start_build(pool)):
            pass
        if not self._tasks and not self._waiting:
            return self._start_test(pool, at_last=True)
        return True

    def settle(self, bar: Bar) -> None:
        """Wait until something has come to its end, and take note of it."""
        bar.say(self._told())
        awaited = [self._materials[build] for build in self._waiting.ready if self._free]
        futures: list[Future[Any]] = [*self._tasks, *(one for one in awaited if not one.done())]
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in [one for one in self._tasks if one in done]:
            task = self._tasks.pop(future)
            self._free.append(task.bench)
            if task.made:
                self._crew.job_server.leave()
                self._entered(task, future)
                bar.advance(1)
            else:
                self._tested(task, future)

    # Starting

    def _leave_out(self) -> bool:
        for build in self._waiting.ready:
            refusal = self._refusal(build)
            if refusal:
                self._end(Outcome(build=build, status="left out", reason=refusal))
                return True
        return False

    def _start_build(self, pool: ThreadPoolExecutor) -> bool:
        for build in self._startable():
            if not self._materials[build].done():
                continue
            error = self._materials[build].exception()
            if error is not None:
                self._fail(build, error)
                return True
            bench = self._bench(build)
            if bench is not None:
                self._make(build, bench, pool)
                return True
        return False

    def _startable(self, *beside: Build) -> list[Build]:
        """Give what is ready and finds memory, also ``beside`` what is about to run, the most urgent first."""
        limits, running = self._crew.limits, [*beside, *(task.build for task in self._tasks.values())]
        if running and memory_left() < limits.spare:
            return []
        return startable(self._waiting.ready, running, limits.memory)

    def _refusal(self, build: Build) -> str:
        """Say why a Build isn't started; nothing when it can be."""
        missing = sorted(one.name for one in self._graph.hard[build] if not self._is_there(one))
        if missing:
            return f"{missing[0]} failed"
        if self._crew.limits.fail_fast:
            return next((f"{one.build.name} failed" for one in self.outcomes.values() if one.status == "failed"), "")
        return ""

    def _bench(self, build: Build) -> Bench | None:
        """Choose a free bench: for the outputs of a conda-build recipe, which share files, always the same one."""
        if build.format == "v1":
            return self._free[0]
        bench = self._bench_of.setdefault(build.recipe, self._free[0])
        return bench if bench in self._free else None

    def _make(self, build: Build, bench: Bench, pool: ThreadPoolExecutor) -> None:
        self._waiting.start(build)
        tested = self._can_be_tested(build)
        materials, cores = self._materials.pop(build).result(), self._share(build)
        self._crew.job_server.enter()
        self._free.remove(bench)

        def work() -> Path:
            with self._progress.bar(build.label):
                started = time.time()
                sealed = bench.make(build, materials, self._progress, cores=cores)
                bench.document(build, sealed, started=started, finished=time.time())
                if tested and can_be_tested_here(build):
                    bench.test(build, sealed)
                bench.verify(build, materials, sealed, cores=cores)
            return sealed

        self._tasks[pool.submit(work)] = _Task(
            build=build, bench=bench, started=time.monotonic(), tested=tested, made=True
        )

    def _share(self, build: Build) -> int:
        """Give how many cores a Build gets that starts now, beside what runs and what will start with it."""
        at_once = min(len(self._crew.benches), len(self._tasks) + 1 + len(self._startable(build)))
        return max(1, self._crew.limits.cores // at_once)

    def _start_test(self, pool: ThreadPoolExecutor, *, at_last: bool = False) -> bool:
        """Start a test that waited for packages which are there by now; ``at_last``, one that waits in vain."""
        build = next((one for one in self._untested() if at_last or self._can_be_tested(one)), None)
        if build is None:
            return False
        bench = self._free.pop(0)

        def work() -> Path:
            package = self._workshop.output.package(build.path)
            with self._progress.bar(f"{build.label} (tests)"):
                if can_be_tested_here(build):
                    bench.test(build, package)
            return package

        self._tasks[pool.submit(work)] = _Task(
            build=build, bench=bench, started=time.monotonic(), tested=True, made=False
        )
        return True

    def _untested(self) -> list[Build]:
        waiting = self._workshop.output.untested - {task.build.path for task in self._tasks.values()}
        return [build for build in self.outcomes if build.path in waiting and self._is_there(build)]

    def _can_be_tested(self, build: Build) -> bool:
        needed = closure(lambda one: self._graph.soft[one], [build]) - {build}
        return all(self._is_there(one) for one in needed)

    def _is_there(self, build: Build) -> bool:
        return build in self.outcomes and self.outcomes[build].is_there

    def _told(self) -> str:
        """Say what the most urgent Build waits for that can't start."""
        if self._free and self._waiting.ready and not self._startable():
            return f"{self._waiting.ready[0].name} waits for memory"
        for build in self._waiting.by_work:
            missing = self._waiting.missing(build)
            if missing:
                return f"{build.name} waits for {', '.join(sorted(one.name for one in missing)[:3])}"
        return ""

    # Ending

    def _entered(self, task: _Task, future: Future[Path]) -> None:
        """Put a package that was made into the channel."""
        seconds, kept = time.monotonic() - task.started, task.bench.kept(task.build)
        try:
            self._workshop.output.add(future.result(), now=time.time_ns() // 1_000_000, tested=task.tested)
        except OwncondaError as error:
            self._fail(task.build, error, seconds=seconds, kept=kept)
        else:
            self._end(Outcome(build=task.build, status="built", seconds=seconds, kept=kept))
            self._progress.note(f"built {task.build.label} in {seconds:.1f} s")
            self._tell_untestable(task.build)

    def _tested(self, task: _Task, future: Future[Path]) -> None:
        """Take note of the test of a package that had to enter before it; when it failed, the package leaves again."""
        output, build = self._workshop.output, task.build
        try:
            future.result()
        except OwncondaError as error:
            output.remove(build.path)
            before = self.outcomes[build]
            self._fail(build, error, seconds=before.seconds, kept=before.kept)
        else:
            output.mark_tested(build.path)

    def _tell_untestable(self, build: Build) -> None:
        if not can_be_tested_here(build):
            self._progress.note(f"the tests of {build.label} can't run here: it is for {build.subdir}")

    def _fail(self, build: Build, error: BaseException, *, seconds: float = 0.0, kept: Kept | None = None) -> None:
        if not isinstance(error, OwncondaError):
            raise error
        self._progress.note(f"failed {build.label}: {error.problems[0].what.splitlines()[0]}")
        reason = str(error)
        self._end(Outcome(build=build, status="failed", seconds=seconds, reason=reason, error=error, kept=kept))

    def _end(self, outcome: Outcome) -> None:
        build = outcome.build
        self.outcomes[build] = outcome
        if self._waiting.end(build):
            self._left[build.recipe] -= 1
            if not self._left[build.recipe] and build.recipe in self._bench_of:
                self._bench_of[build.recipe].forget(build.recipe)
