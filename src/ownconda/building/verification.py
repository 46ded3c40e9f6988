"""Packages verified: each made again from the recipe and the lock that it carries, and compared with what it was."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.building.bench import Bench, Workshop
from ownconda.building.carried import carried
from ownconda.building.comparison import Difference, compare
from ownconda.building.cores import JobServer, job_server
from ownconda.building.crew import Limits, bench_in
from ownconda.building.materials import gather
from ownconda.building.output import Output, output_folder
from ownconda.building.store import Store
from ownconda.building.surroundings import Surroundings, other_surroundings
from ownconda.conda.names import SUBDIRS
from ownconda.errors import OwncondaError
from ownconda.wires.files import make_folder
from ownconda.wires.progress import Progress

ALWAYS = ("folder", "time (it is later)", "number of jobs")
"""What is other in any case when a package is made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one package: the differences, or why it couldn't be made again; how many seconds that took."""

    package: Path
    differences: tuple[Difference, ...] = ()
    error: OwncondaError | None = None
    seconds: float = 0.0

    @property
    def is_same(self) -> bool:
        """Tell whether it is the same, bit for bit."""
        return not self.differences and self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of all of them, and what was other than around us while they were made again."""

    verdicts: tuple[Verdict, ...]
    varied: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What making packages again needs.

    ``channels`` are asked for locked packages after the one that a package lies in; ``recipe`` stands for the one in
    the package.
    """

    channels: tuple[str, ...]
    store: Store
    limits: Limits
    recipe: Path | None = None


def verify(packages: Sequence[Path], means: Means, progress: Progress) -> Verification:
    """Make packages again in other surroundings, several at a time, and compare."""
    surroundings = other_surroundings()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ownconda-verify-")))
        output = stack.enter_context(output_folder(folder / "channel"))
        make_folder(output.logs)
        server = stack.enter_context(job_server(folder, means.limits.cores))
        room = _Room(output, server, surroundings, folder, means, progress)
        pool = stack.enter_context(ThreadPoolExecutor(min(means.limits.jobs, len(packages))))
        stack.callback(room.end)  # so that no thread of the pool waits for ever
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        bar = stack.enter_context(progress.bar("verifying", len(packages)))
        verdicts = []
        for verdict in pool.map(room.verdict, range(len(packages)), packages):
            bar.advance(1)
            verdicts.append(verdict)
    return Verification(verdicts=tuple(verdicts), varied=(*ALWAYS, *surroundings.changes))


@dataclass(frozen=True, slots=True)
class _Room:
    """Where packages are made again: an empty channel, the cores, the surroundings, a folder for recipes.

    ``busy`` are the benches at which that goes on.
    """

    output: Output
    server: JobServer
    surroundings: Surroundings
    folder: Path
    means: Means
    progress: Progress
    busy: set[Bench] = field(default_factory=set)

    def end(self) -> None:
        """End whatever is going on."""
        for bench in tuple(self.busy):
            bench.end()

    def verdict(self, number: int, package: Path) -> Verdict:
        """Make one package again and compare."""
        started = time.monotonic()
        try:
            with self.progress.bar(package.name), self._again(number, package) as again:
                found = compare(package, again)
        except OwncondaError as error:
            return Verdict(package=package, error=error, seconds=time.monotonic() - started)
        return Verdict(package=package, differences=found, seconds=time.monotonic() - started)

    @contextmanager
    def _again(self, number: int, package: Path) -> Iterator[Path]:
        means = self.means
        inside = carried(package, self.folder / f"recipe-{number}", recipe=means.recipe)
        shop = Workshop(
            output=self.output,
            store=means.store,
            digest=lambda _: inside.digest,
            channels=(*_own_channel(package), *means.channels),
            rendering=inside.rendering,
        )
        materials = gather(inside.build, means.store, self.progress, made_from=inside.sources)
        with bench_in(shop, means.limits, self.server, self.surroundings) as bench:
            self.busy.add(bench)
            try:
                yield bench.make_locked(inside.build, materials, inside.lock, cores=self._cores)
            finally:
                self.busy.remove(bench)

    @property
    def _cores(self) -> int:
        return max(1, self.means.limits.cores // self.means.limits.jobs)


def _own_channel(package: Path) -> tuple[str, ...]:
    """Give the channel on disk that a package lies in, if it is one."""
    subdir = package.resolve().parent
    return (subdir.parent.as_uri(),) if subdir.name in SUBDIRS else ()
