"""One package added to a channel: from the end of its upload until it stands in repodata.json.

Ours is a running forge that gets a POST; beside it py-rattler's `index_fs` indexes a folder with the same files and one
more. Both index to repodata.json, .zst and shards.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import requests
from measuring import print_machine, python, side_by_side, verdict, write_package
from rattler.index import index_fs

SIZES = (1_000, 10_000)
RUNS = 7
BATCH = 500
LARGEST_SHARE = 0.1  # of index_fs's time, at 10,000


def main() -> None:
    """Print how soon a package is visible, at each size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(root: Path, size: int) -> None:
    print(f"\nOne package added to a channel of {size:,}")
    channel = root / "channel"
    (channel / "noarch").mkdir(parents=True)
    files = [write_package(channel / "noarch", f"synthetic-{number}", number) for number in range(size)]
    asyncio.run(index_fs(channel))
    token = _run("forge", "init", str(root / "forge")).strip().splitlines()[-1]
    with _Forge(root / "forge") as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for start in range(0, size, BATCH):
            _post(session, url, files[start : start + BATCH])
        numbers = count(size)
        incoming = root / "incoming"
        incoming.mkdir()

        def ours() -> float:
            number = next(numbers)
            package = write_package(incoming, f"synthetic-{number}", number)
            start = time.perf_counter()
            _post(session, url, [package])
            took = time.perf_counter() - start
            assert package.name in session.get(f"{url}/conda/testing/noarch/repodata.json").text  # noqa: S101
            return took

        def theirs() -> float:
            number = next(numbers)
            package = write_package(channel / "noarch", f"synthetic-{number}", number)
            start = time.perf_counter()
            asyncio.run(index_fs(channel))
            took = time.perf_counter() - start
            assert package.name in (channel / "noarch" / "repodata.json").read_text()  # noqa: S101
            return took

        forge, rattler = side_by_side(("ownconda, POST to visible", ours), ("py-rattler's index_fs", theirs), runs=RUNS)
    print(f"  {forge}\n  {rattler}")
    share = forge.median / rattler.median
    if size == max(SIZES):
        verdict("ownconda / index_fs", share, LARGEST_SHARE)
    else:
        print(f"  ownconda / index_fs: {share:.3g}")


def _post(session: requests.Session, url: str, packages: list[Path]) -> None:
    opened = [("file", (package.name, package.read_bytes())) for package in packages]
    answer = session.post(f"{url}/upload/testing", files=opened)
    if not answer.ok:
        sys.exit(f"the forge refused: {answer.status_code} {answer.text[:500]}")


def _run(*arguments: str) -> str:
    return subprocess.run([python(), "-m", "ownconda", *arguments], check=True, capture_output=True, text=True).stdout


class _Forge:
    """A forge that runs while the block does."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [python(), "-m", "ownconda.forge", str(folder), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        return next(word for word in line.split() if word.startswith("http")).rstrip("/")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    print_machine()
    main()
