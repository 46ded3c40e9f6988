"""A forge beside a quetz server: one package until it is visible, and eight clients that upload at once.

Both are processes of their own with SQLite and local files, started by their own commands. quetz answers an upload
before its index is made, so what counts for both is the time until repodata.json lists all that was uploaded. The
forge also writes .zst, shards and run exports; quetz .bz2, .gz and pages of HTML.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import requests
from forges import filled_forge, post
from measuring import print_machine, side_by_side, verdict, write_package
from quetz import filled_quetz, quetz_installed, upload

SIZES = (1_000, 10_000)
RUNS = 5
CLIENTS = 8
EACH = 5
LARGEST_SHARE = 0.1
PATIENCE = 120  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where packages are uploaded to: how, with which headers, and the index that shall list them."""

    send: Callable[[requests.Session, Sequence[Path]], None]
    headers: dict[str, str]
    index: str

    def upload(self, packages: Sequence[Path]) -> None:
        """Upload packages one after the other."""
        with requests.Session() as session:
            session.headers.update(self.headers)
            for package in packages:
                self.send(session, [package])

    def wait_for(self, packages: Sequence[Path]) -> None:
        """Wait until all of them are listed."""
        end = time.monotonic() + PATIENCE
        while not self._lists(packages):
            if time.monotonic() > end:
                sys.exit(f"{self.index} doesn't list all packages after {PATIENCE} s")
            time.sleep(0.005)

    def _lists(self, packages: Sequence[Path]) -> bool:
        index = requests.get(self.index, timeout=PATIENCE).text
        return all(package.name in index for package in packages)


def main(*sizes: int) -> None:
    """Print how soon a package is visible at each size, and how many a second come in from eight clients."""
    with quetz_installed() as quetz:
        for size in sizes or SIZES:
            with tempfile.TemporaryDirectory() as folder:
                _measure(quetz, Path(folder), size)


def _measure(quetz: Path, root: Path, size: int) -> None:
    print(f"\nUploads to a channel of {size:,} until they are visible")
    packages = _packages(root / "packages")
    files = list(islice(packages, size))
    with (
        filled_forge(root / "forge", files) as (url, token),
        filled_quetz(quetz, root / "quetz", files) as (other, key),
    ):
        forge = Place(
            send=lambda session, some: post(session, url, some),
            headers={"Authorization": f"Bearer {token}"},
            index=f"{url}/conda/testing/noarch/repodata.json",
        )
        server = Place(
            send=lambda session, some: upload(session, other, some),
            headers={"X-API-Key": key},
            index=f"{other}/get/testing/noarch/repodata.json",
        )
        _one_more(forge, server, packages)
        _at_once(forge, server, packages)


def _one_more(forge: Place, server: Place, packages: Iterator[Path]) -> None:
    def visible(place: Place) -> float:
        package = next(packages)
        start = time.perf_counter()
        place.upload([package])
        place.wait_for([package])
        return time.perf_counter() - start

    ours, theirs = side_by_side(
        ("ownconda, POST to visible", lambda: visible(forge)),
        ("quetz, POST to visible", lambda: visible(server)),
        runs=RUNS,
    )
    print(f"  {ours}\n  {theirs}")
    verdict("ownconda / quetz", ours.median / theirs.median, LARGEST_SHARE)


def _at_once(forge: Place, server: Place, packages: Iterator[Path]) -> None:
    ours, theirs = (
        _together(place, [list(islice(packages, EACH)) for _ in range(CLIENTS)]) for place in (forge, server)
    )
    print(f"  {CLIENTS} clients, {EACH} packages each: {ours:.3g} packages a second; with quetz {theirs:.3g}")
    verdict("quetz's rate / ownconda's", theirs / ours, LARGEST_SHARE)


def _together(place: Place, packages: Sequence[Sequence[Path]]) -> float:
    """Give how many packages a second come in, counted until all are listed."""
    threads = [threading.Thread(target=place.upload, args=(mine,)) for mine in packages]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.wait_for([package for mine in packages for package in mine])
    return CLIENTS * EACH / (time.perf_counter() - start)


def _packages(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    return (write_package(folder, f"synthetic-{number}", number) for number in count())


if __name__ == "__main__":
    print_machine()
    main(*map(int, sys.argv[1:]))
