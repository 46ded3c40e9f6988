"""A channel's index made anew from its package files, beside py-rattler's `index_fs` and conda-index."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from conda_beside import conda_index, has_conda_index
from measuring import print_machine, side_by_side, verdict, write_package
from rattler.index import index_fs

from ownconda.repodata.channel_folder import read_channel, write_channel

SIZE = 10_000
RUNS = 3
LARGEST_SHARE = 1.0


def main(size: int = SIZE) -> None:
    """Print how long a full rebuild takes."""
    print(f"\nA channel of {size:,} package files indexed from nothing")
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, conda = (Path(folder) / name for name in ("ours", "theirs", "conda"))
        (ours / "noarch").mkdir(parents=True)
        for number in range(size):
            write_package(ours / "noarch", f"synthetic-{number}", number)
        for other in (theirs, conda):
            shutil.copytree(ours, other)
        mine, rattler, *others = side_by_side(
            ("ownconda", lambda: _rebuild(ours)),
            ("py-rattler's index_fs", lambda: _index_fs(theirs)),
            *([("conda-index, its command", lambda: _conda_index(conda))] if has_conda_index() else []),
            runs=RUNS,
        )
    print("\n".join(f"  {timing}" for timing in (mine, rattler, *others)))
    verdict("ownconda / index_fs", mine.median / rattler.median, LARGEST_SHARE)
    for timing in others:
        verdict("ownconda / conda-index", mine.median / timing.median, LARGEST_SHARE)


def _rebuild(channel: Path) -> None:
    _forget(channel)
    entries = read_channel(channel)
    write_channel(channel, entries)  # index_fs syncs nothing to disk either


def _index_fs(channel: Path) -> None:
    _forget(channel)
    asyncio.run(index_fs(channel, force=True))


def _conda_index(channel: Path) -> None:
    _forget(channel)
    shutil.rmtree(channel / "noarch" / ".cache", ignore_errors=True)
    conda_index(channel)


def _forget(channel: Path) -> None:
    """Remove the index files; the shards stay, which spares both the same."""
    for path in (channel / "noarch").iterdir():
        if path.is_file() and path.suffix != ".conda":
            path.unlink()


if __name__ == "__main__":
    print_machine()
    main(*map(int, sys.argv[1:]))
