"""Tests of packages run: several at a time, each in an environment of its own."""

import functools
import queue
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.builder import Builder, builder
from ownconda.building.cores import job_server
from ownconda.building.crew import Limits, desk
from ownconda.building.launching import Machine
from ownconda.building.package_tests.candidates import Candidate
from ownconda.building.package_tests.results import Result
from ownconda.building.requests import TestRequest
from ownconda.building.scratch import scratch_folder
from ownconda.conda.names import NOARCH
from ownconda.conda.package_files import read_member
from ownconda.conda.subdirs import current_subdir
from ownconda.errors import OwncondaError
from ownconda.wires.progress import Progress

TESTS = ("info/tests/tests.yaml", "info/test/run_test.sh", "info/test/run_test.py", "info/test/run_test.pl")
"""Where a package has its tests: rattler-build's, and conda-build's."""

NONE = (b"", b"[]")
"""What stands there when there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestBench:
    """Where tests are run. ``channels`` are addresses; ``read`` are the folders that packages lie in."""

    machine: Machine
    limits: Limits
    channels: tuple[str, ...]
    logs: Path
    work: Path
    read: tuple[Path, ...] = ()


def run_tests(candidates: Sequence[Candidate], bench: TestBench, progress: Progress) -> list[Result]:
    """Run the tests of packages, ``jobs`` at a time, and tell what came of each."""
    workers: queue.SimpleQueue[Builder] = queue.SimpleQueue()
    jobs = max(1, min(bench.limits.jobs, len(candidates)))
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        for worker in _workers(bench, jobs, stack):
            workers.put(worker)
        bar = stack.enter_context(progress.bar("testing packages", len(candidates)))

        def one(candidate: Candidate) -> Result:
            worker = workers.get()
            try:
                with progress.bar(candidate.record.name):
                    return _result(candidate, worker, bench)
            finally:
                workers.put(worker)
                bar.advance(1)

        return list(pool.map(one, candidates))


def _workers(bench: TestBench, jobs: int, stack: ExitStack) -> list[Builder]:
    folders = [stack.enter_context(scratch_folder(bench.work)) for _ in range(jobs)]
    server = stack.enter_context(job_server(folders[0], bench.limits.cores))
    made = []
    for folder in folders:
        own = desk(folder, server, bench.limits, logs=bench.logs, read=bench.read)
        launch = functools.partial(bench.machine.launch, own)
        worker = stack.enter_context(builder(launch, timeout=bench.limits.timeout))
        stack.callback(worker.end)  # so that no thread of the pool waits for ever
        made.append(worker)
    return made


def _result(candidate: Candidate, worker: Builder, bench: TestBench) -> Result:
    if candidate.record.subdir not in {NOARCH, current_subdir()}:
        return Result(candidate=candidate, status="not here", reason=f"it is for {candidate.record.subdir}")
    if all((read_member(candidate.file, one) or b"").strip() in NONE for one in TESTS):
        return Result(candidate=candidate, status="no tests")
    log = bench.logs / f"{candidate.file.name}.test.log"
    log.unlink(missing_ok=True)
    request = TestRequest(package=str(candidate.file), channels=list(bench.channels), log=str(log))
    start = time.monotonic()
    try:
        worker.test(request, name=candidate.record.name)
    except OwncondaError as error:
        seconds = time.monotonic() - start
        return Result(candidate=candidate, status="failed", seconds=seconds, reason=str(error), error=error)
    return Result(candidate=candidate, status="passed", seconds=time.monotonic() - start)
