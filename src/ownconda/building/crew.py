"""Who does the work: benches with their processes and folders, and the cores that they share."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ownconda.building.bench import Bench, Workshop
from ownconda.building.builder import Builder, builder
from ownconda.building.cores import JobServer, job_server
from ownconda.building.launching import Desk, Launch, ThisMachine
from ownconda.building.scratch import scratch_folder
from ownconda.building.surroundings import Surroundings, other_surroundings
from ownconda.recipes.builds import Build
from ownconda.wires.files import make_folder
from ownconda.wires.memory import whole_memory

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where scripts find the system's programs: the same for everybody, whatever their own PATH is."""

LOG_OF_SECOND = ".again.log"
"""How the logs end of packages that are made again."""


PACKAGE_CACHE = "rattler"
"""The folder in the user's cache in which py-rattler keeps packages and indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be used: builds at a time (``jobs``), cores, memory in MB, seconds for each step of a package.

    While less than ``spare`` MB are left, no build starts beside others.
    ``path`` is where scripts find programs that no package brings along; ``writable`` are folders that they may write
    to beside their own; ``cache`` has the packages of environments, unpacked. After the first failure ``fail_fast``
    starts nothing more. With ``verify`` each package is made twice, the second time in other surroundings. With
    ``keep_build`` the folders in which packages are built stay.
    """

    jobs: int = 1
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    memory: int = field(default_factory=whole_memory)
    spare: int = field(default_factory=lambda: whole_memory() // 16)
    timeout: float | None = None
    path: str = PATH
    writable: tuple[Path, ...] = ()
    cache: Path = field(default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))
    fail_fast: bool = False
    verify: bool = False
    keep_build: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Benches, and the cores that they share; ``seconds`` estimates how long a Build takes."""

    benches: tuple[Bench, ...]
    job_server: JobServer
    limits: Limits
    seconds: Callable[[Build], float]


@contextmanager
def bench_in(
    workshop: Workshop, limits: Limits, server: JobServer, surroundings: Surroundings | None
) -> Iterator[Bench]:
    """Set up one bench in other surroundings; it is gone when the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder(workshop.output.work))
        yield Bench(workshop, _worker(workshop, limits, server, folder, surroundings, stack), folder)


@contextmanager
def crew(workshop: Workshop, limits: Limits, *, seconds: Callable[[Build], float]) -> Iterator[Crew]:
    """Set up as many benches as builds may run at a time; all is gone when the block ends."""
    with ExitStack() as stack:
        folders = [stack.enter_context(scratch_folder(workshop.output.work)) for _ in range(limits.jobs)]
        server = stack.enter_context(job_server(folders[0], limits.cores))
        here = isinstance(workshop.machine, ThisMachine)
        other = other_surroundings() if limits.verify and here else None  # a container is what it is
        benches = [_bench_with_second(workshop, limits, server, folder, other, stack) for folder in folders]
        yield Crew(benches=tuple(benches), job_server=server, limits=limits, seconds=seconds)


def _bench_with_second(  # noqa: PLR0913, PLR0917  (all that two benches share)
    workshop: Workshop,
    limits: Limits,
    server: JobServer,
    folder: Path,
    other: Surroundings | None,
    stack: ExitStack,
) -> Bench:
    own = _worker(workshop, limits, server, folder, None, stack)
    if not limits.verify:
        return Bench(workshop, own, folder)
    second = stack.enter_context(
        bench_in(replace(workshop, log_suffix=LOG_OF_SECOND, keep=False), limits, server, other)
    )
    return Bench(workshop, own, folder, second=second)


def _worker(  # noqa: PLR0913, PLR0917  (all that a worker has around it)
    workshop: Workshop,
    limits: Limits,
    server: JobServer,
    folder: Path,
    surroundings: Surroundings | None,
    stack: ExitStack,
) -> Builder:
    read = (workshop.output.folder, workshop.store.cache)
    own = desk(folder, server, limits, logs=workshop.output.logs, read=read)

    def launch() -> Launch:
        launched = workshop.machine.launch(own)
        if surroundings is None:
            return launched
        return replace(launched, command=tuple(surroundings.around(launched.command)))

    return stack.enter_context(builder(launch, timeout=limits.timeout))


def desk(folder: Path, server: JobServer, limits: Limits, *, logs: Path, read: Sequence[Path]) -> Desk:
    """Lay out what a worker works with, in a folder of its own."""
    home, packages = folder / "home", limits.cache / PACKAGE_CACHE
    for needed in (home, packages, logs):
        make_folder(needed)
    credentials = _credentials()
    return Desk(
        folder=folder,
        path=limits.path,
        job_server=server,
        variables={"HOME": str(home), "XDG_CACHE_HOME": str(limits.cache), **credentials},
        written=(folder, packages, logs, *limits.writable),
        read=(*read, *map(Path, credentials.values())),
    )


def _credentials() -> dict[str, str]:
    """Say where the user's credentials for channels are: the worker has another home."""
    places = {"RATTLER_AUTH_FILE": Path.home() / ".rattler" / "credentials.json", "NETRC": Path.home() / ".netrc"}
    return {name: os.environ.get(name) or str(place) for name, place in places.items() if place.is_file()}
