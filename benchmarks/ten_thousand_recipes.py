"""Thousands of conda-build recipes read, rendered and ordered: for the first time, and again when nothing changed.

A whole command is measured, `ownconda dep-graph`, with the start of Python and of the workers; its memory is that of
all its processes together.
"""

import os
import resource
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from making_recipes import make_recipes
from measuring import print_machine, python, verdict

SIZES = (1_000, 5_000, 10_000)
RUNS = 3
COLD, WARM, MEMORY = 10.0, 1.0, 1_000.0  # seconds, seconds, MB; at the largest size
CONDA_BUILD = 0.3
"""Seconds that conda-build takes to render a recipe: a published figure, not measured here."""

LOOK = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command and all that it started: seconds on the clock and of the processors, and MB."""

    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    """Print seconds and memory for each size, and how they grow."""
    print("\nconda-build recipes read, rendered and ordered: ownconda dep-graph")
    with tempfile.TemporaryDirectory() as folder:
        figures = {size: _measured(Path(folder) / str(size), size) for size in SIZES}
    smallest, largest = min(SIZES), max(SIZES)
    cold, warm = figures[largest]
    ratio = cold.seconds / figures[smallest][0].seconds / (largest / smallest)
    print(f"  cost of a recipe at {largest:,} / at {smallest:,}: {ratio:.3g}")
    print(f"  conda-build's {CONDA_BUILD} s a recipe (published) / ours: {CONDA_BUILD * largest / cold.seconds:,.0f}")
    verdict(f"{largest:,} recipes for the first time", cold.seconds, COLD, " s")
    verdict(f"{largest:,} recipes again", warm.seconds, WARM, " s")
    verdict("memory of all processes", max(cold.megabytes, warm.megabytes), MEMORY, " MB")


def _measured(root: Path, size: int) -> tuple[Run, Run]:
    recipes, cache = root / "recipes", root / "cache"
    make_recipes(recipes, size)
    cold = _median(_cold(recipes, cache))
    warm = _median(_run(recipes, cache) for _ in range(RUNS))
    for name, run in (("first", cold), ("again", warm)):
        each = run.seconds / size * 1_000
        told = f"{run.seconds:6.2f} s ({run.processor:5.2f} s of processors)"
        print(f"  {size:>6,} recipes, {name}: {told}, {each:.3f} ms each, {run.megabytes:4.0f} MB")
    return cold, warm


def _cold(recipes: Path, cache: Path) -> Iterator[Run]:
    for _ in range(RUNS):
        shutil.rmtree(cache, ignore_errors=True)
        yield _run(recipes, cache)


def _run(recipes: Path, cache: Path) -> Run:
    start, before = time.perf_counter(), _processor()
    process = subprocess.Popen(
        [python(), "-m", "ownconda", "dep-graph", recipes],
        env={**os.environ, "OWNCONDA_BUILD_RENDER_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    megabytes = max(_megabytes_until_it_ends(process), default=0.0)
    seconds = time.perf_counter() - start
    if process.wait():
        raise SystemExit(f"ownconda dep-graph ended with {process.returncode}")
    return Run(seconds=seconds, processor=_processor() - before, megabytes=megabytes)


def _megabytes_until_it_ends(process: subprocess.Popen[bytes]) -> Iterator[float]:
    with open(os.pidfd_open(process.pid)) as ended:  # noqa: PTH123  (a descriptor)
        while not select.select([ended], [], [], LOOK)[0]:
            yield sum(map(_megabytes, _tree(process.pid)))


def _median(runs: Iterable[Run]) -> Run:
    measured = list(runs)
    return Run(
        seconds=median(one.seconds for one in measured),
        processor=median(one.processor for one in measured),
        megabytes=max(one.megabytes for one in measured),
    )


def _processor() -> float:
    """Give the processors' seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it has ended
            continue
        for child in children:
            yield from _tree(int(child))


def _megabytes(pid: int) -> float:
    """Give a process's share of memory: pages that several have count once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1_000


if __name__ == "__main__":
    print_machine()
    main()
