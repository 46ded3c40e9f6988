"""One package added to a channel: the time to make and write all of its index files, and the memory.

Beside it stands the least that it could take: the same text compressed and written. `one_more_package.py` measures the
whole way from an upload on.
"""

import gc
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import psutil
from forges import synthetic_entry
from measuring import print_machine, side_by_side, verdict

from ownconda.channels.public import PublicIndex
from ownconda.channels.snapshots import Change, Kind, Snapshot, applied
from ownconda.repodata.documents import COMPRESSION_LEVEL
from ownconda.wires.files import write_atomically
from ownconda.wires.zstandard import zstd

LIMITS = {10_000: 0.03, 100_000: 0.2, 500_000: 1.0}  # half of what an upload may take until it is visible
BUILDS = 10  # packages of one name
RUNS = 7
LARGEST_MEMORY = 500  # MB at 100,000
MEASURED_FOR_MEMORY = 100_000


def main(sizes: tuple[int, ...] = (10_000, 100_000)) -> None:
    """Print how long the index files take at each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)
        gc.collect()


def _measure(root: Path, size: int) -> None:
    print(f"\nIndex files after one package more, in a channel of {size:,}")
    contents = {entry.path: entry for entry in (synthetic_entry(number, builds=BUILDS) for number in range(size))}
    index = PublicIndex(root / "channel")
    snapshot = Snapshot(id=1, channel="channel", parent=None, at=0, author="", reason="", kind=Kind.UPLOAD)
    start = time.perf_counter()
    index.write_anew(contents, snapshot)
    print(f"  made anew: {time.perf_counter() - start:.2f} s")
    numbers = count(size)

    def ours() -> float:
        nonlocal contents
        change = Change(added=(synthetic_entry(next(numbers), builds=BUILDS),))
        contents = applied(contents, change)
        start = time.perf_counter()
        index.write(index.prepared(contents, change), snapshot)
        return time.perf_counter() - start

    text = (root / "channel" / "noarch" / "repodata.json").read_bytes()

    def least() -> None:
        write_atomically(root / "plain", text)
        write_atomically(root / "compressed", zstd.compress(text, COMPRESSION_LEVEL))

    mine, floor = side_by_side(("ownconda, all index files", ours), ("repodata.json written, .zst", least), runs=RUNS)
    print(f"  {mine}\n  {floor}\n  ownconda / least: {mine.median / floor.median:.3g}")
    verdict("seconds", mine.median, LIMITS[size], " s")
    memory = psutil.Process().memory_info().rss / 1e6
    if size == MEASURED_FOR_MEMORY:
        verdict("memory", memory, LARGEST_MEMORY, " MB")


if __name__ == "__main__":
    print_machine()
    main(tuple(map(int, sys.argv[1:])) or tuple(LIMITS))
