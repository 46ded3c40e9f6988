"""One package added to a channel: from the end of its upload until it stands in repodata.json.

Ours is a running forge that gets a POST; beside it py-rattler's `index_fs` and conda-index each index a folder with the
same files and one more. All index to repodata.json, .zst and shards.
"""

import asyncio
import shutil
import tempfile
import time
from itertools import count
from pathlib import Path

import requests
from conda_beside import conda_index, has_conda_index
from forges import filled_forge, post
from measuring import print_machine, side_by_side, verdict, write_package
from rattler.index import index_fs

SIZES = (1_000, 10_000)
RUNS = 7
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
    beside = has_conda_index()
    other = root / "other"
    if beside:
        shutil.copytree(channel, other)
        conda_index(other)
    asyncio.run(index_fs(channel))
    with filled_forge(root / "forge", files) as (url, token), requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        numbers = count(size)
        incoming = root / "incoming"
        incoming.mkdir()

        def ours() -> float:
            number = next(numbers)
            package = write_package(incoming, f"synthetic-{number}", number)
            start = time.perf_counter()
            post(session, url, [package])
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

        def condas() -> float:
            number = next(numbers)
            package = write_package(other / "noarch", f"synthetic-{number}", number)
            start = time.perf_counter()
            conda_index(other)
            took = time.perf_counter() - start
            assert package.name in (other / "noarch" / "repodata.json").read_text()  # noqa: S101
            return took

        forge, rattler, *others = side_by_side(
            ("ownconda, POST to visible", ours),
            ("py-rattler's index_fs", theirs),
            *([("conda-index, its command", condas)] if beside else []),
            runs=RUNS,
        )
    print("\n".join(f"  {timing}" for timing in (forge, rattler, *others)))
    for timing in others:
        print(f"  ownconda / conda-index: {forge.median / timing.median:.3g}")
    share = forge.median / rattler.median
    if size == max(SIZES):
        verdict("ownconda / index_fs", share, LARGEST_SHARE)
    else:
        print(f"  ownconda / index_fs: {share:.3g}")


if __name__ == "__main__":
    print_machine()
    main()
