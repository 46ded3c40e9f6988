"""Package files read to entries, by all processors when there are many."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ownconda.conda.package_files import read_package
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.entries import Entry

MANY = 300
"""Files from which on it is worth the half second that other processes need to start."""

BATCH = 25

Read = Entry | tuple[Problem, ...]
"""What became of a file: an Entry, or what is wrong with it."""


def read_entries(files: Sequence[Path]) -> Iterator[Read]:
    """Read package files, each to an Entry that is listed since its file was last changed, or to its problems."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return map(_read, files) if len(files) < MANY or workers == 1 else _read_by_many(files, workers)


def _read_by_many(files: Sequence[Path], workers: int) -> Iterator[Read]:
    context = multiprocessing.get_context("spawn")  # a fork copies locks that other threads hold
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_read, files, chunksize=BATCH)


def _read(path: Path) -> Read:
    try:
        return Entry(record=read_package(path), indexed_at=path.stat().st_mtime_ns // 1_000_000)
    except WrongInputError as error:
        return error.problems
