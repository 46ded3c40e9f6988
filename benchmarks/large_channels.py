"""One package uploaded to a large channel, until it is visible, and the memory that the forge takes.

Such a channel is filled by its ledger: the files of its packages aren't there, and nobody asks for them.
"""

import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import requests
from forges import RunningForge, post, run_ownconda, synthetic_entry
from measuring import print_machine, verdict, write_package

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind

LIMITS = {100_000: 0.4, 500_000: 2.0}  # seconds
LARGEST_MEMORY = {100_000: 500}  # MB
AT_ONCE = 5_000
RUNS = 7


def main(sizes: tuple[int, ...] = (100_000,)) -> None:
    """Print how soon a package is visible, and the memory, at each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(root: Path, size: int) -> None:
    print(f"\nOne package uploaded to a channel of {size:,} packages of as many names")
    token = run_ownconda("forge", "init", str(root / "forge")).strip().splitlines()[-1]
    _fill(root / "forge", size)
    forge = RunningForge(root / "forge", quiet=True)
    with forge as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        post(session, url, [write_package(root, "first", 0)])  # it waits until the forge has read the channel
        took = sorted(_one(session, url, write_package(root, f"fresh-{number}", number)) for number in range(RUNS))
        listed = session.get(f"{url}/conda/testing/noarch/repodata.json").text
        memory = forge.memory
    assert f"fresh-{RUNS - 1}-" in listed  # noqa: S101
    print(f"  POST to visible: {took[RUNS // 2]:.3f} s ({took[0]:.3f} to {took[-1]:.3f})")
    verdict("seconds", took[RUNS // 2], LIMITS[size], " s")
    verdict("memory", memory, LARGEST_MEMORY.get(size, float("inf")), " MB")


def _one(session: requests.Session, url: str, package: Path) -> float:
    start = time.perf_counter()
    post(session, url, [package])
    return time.perf_counter() - start


def _fill(folder: Path, size: int) -> None:
    ledger = open_ledger(ForgeFolder(root=folder).ledger)
    head, numbers = ledger.head("testing"), count()
    for start in range(0, size, AT_ONCE):
        added = tuple(synthetic_entry(number, builds=1) for number in range(start, start + AT_ONCE))
        draft = Draft(
            channel="testing", kind=Kind.UPLOAD, change=Change(added=added), author="x", reason="", at=next(numbers)
        )
        [head] = ledger.commit([draft], {"testing": head})
    ledger.close()


if __name__ == "__main__":
    print_machine()
    main(tuple(map(int, sys.argv[1:])) or tuple(LIMITS))
