"""Who does the work: benches with their processes and folders, and the cores that they share."""

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.building.bench import Bench, Workshop
from ownconda.building.builder import builder
from ownconda.building.cores import JobServer, job_server
from ownconda.building.launching import Desk
from ownconda.building.scratch import scratch_folder
from ownconda.recipes.builds import Build
from ownconda.wires.files import make_folder

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where scripts find the system's programs: the same for everybody, whatever their own PATH is."""


PACKAGE_CACHE = "rattler"
"""The folder in the user's cache in which py-rattler keeps packages and indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be used: builds at a time (``jobs``), cores, seconds for each step of a package.

    ``path`` is where scripts find programs that no package brings along; ``writable`` are folders that they may write
    to beside their own; ``cache`` has the packages of environments, unpacked. After the first failure ``fail_fast``
    starts nothing more.
    """

    jobs: int = 1
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    timeout: float | None = None
    path: str = PATH
    writable: tuple[Path, ...] = ()
    cache: Path = field(default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))
    fail_fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Benches, and the cores that they share; ``seconds`` estimates how long a Build takes."""

    benches: tuple[Bench, ...]
    job_server: JobServer
    limits: Limits
    seconds: Callable[[Build], float]


@contextmanager
def crew(workshop: Workshop, limits: Limits, *, seconds: Callable[[Build], float]) -> Iterator[Crew]:
    """Set up as many benches as builds may run at a time; all is gone when the block ends."""
    with ExitStack() as stack:
        folders = [stack.enter_context(scratch_folder(workshop.output.work)) for _ in range(limits.jobs)]
        server = stack.enter_context(job_server(folders[0], limits.cores))
        benches = [_bench(workshop, limits, server, folder, stack) for folder in folders]
        yield Crew(benches=tuple(benches), job_server=server, limits=limits, seconds=seconds)


def _bench(workshop: Workshop, limits: Limits, server: JobServer, folder: Path, stack: ExitStack) -> Bench:
    read = (workshop.output.folder, workshop.store.cache)
    own = desk(folder, server, limits, logs=workshop.output.logs, read=read)
    launch = functools.partial(workshop.machine.launch, own)
    worker = stack.enter_context(builder(launch, timeout=limits.timeout))
    return Bench(workshop, worker, folder)


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
