"""What needs a package, asked of a channel over HTTP: the whole command, from its start to its answer.

The channel is made up after large ones: eight records a name, one to ten requirements each, a few names that most
others need. Beside it stands what py-rattler takes to read the same index, which no answer can be faster than.
"""

import asyncio
import json
import os
import random
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import rattler
from measuring import print_machine, python, side_by_side, verdict

SIZES = (5_000, 20_000)
RUNS = 5
VERSIONS = 8
MOST_REQUIREMENTS = 10
LONGEST = 2.0  # seconds, at 20,000 records
ASKED_FOR = "library-1"


def main() -> None:
    """Print how long an answer takes, at each size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(root: Path, size: int) -> None:
    print(f"\nWhat needs {ASKED_FOR}, in a channel of {size:,} records")
    write_channel(root / "channel", size)
    with _served(root / "channel") as url:
        environment = {**os.environ, "RATTLER_CACHE_DIR": str(root / "cache")}

        def ours() -> None:
            command = [
                python(),
                "-m",
                "ownconda",
                "dep-graph",
                url,
                "--target-platform",
                "linux-64",
                "--why",
                ASKED_FOR,
            ]
            told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
            assert told.count("\n") > size // VERSIONS // 2  # noqa: S101

        def reading() -> None:
            asyncio.run(_read(url, root / "cache"))

        timings = side_by_side(("ownconda dep-graph --why", ours), ("py-rattler, reading alone", reading), runs=RUNS)
    for timing in timings:
        print(f"  {timing}")
    if size == max(SIZES):
        verdict("ownconda dep-graph --why", timings[0].median, LONGEST, " s")


def write_channel(channel: Path, size: int) -> None:
    """Write the index of a channel of so many records; the same size gives the same channel."""
    chance = random.Random(size)  # noqa: S311  (nothing is kept secret)
    names = [f"library-{number}" for number in range(size // VERSIONS)]
    records: dict[str, dict[str, object]] = {"linux-64": {}, "noarch": {}}
    for number, name in enumerate(names):
        subdir = "noarch" if number % 3 == 0 else "linux-64"
        needed = (
            {_popular(names, number, chance) for _ in range(chance.randint(1, MOST_REQUIREMENTS))} if number else ()
        )
        for version in range(VERSIONS):
            depends = [_spec(one, chance) for one in sorted(needed)]
            build = f"h{number:07x}_0"
            records[subdir][f"{name}-1.{version}-{build}.conda"] = {
                "name": name,
                "version": f"1.{version}",
                "build": build,
                "build_number": 0,
                "subdir": subdir,
                "depends": depends,
                "license": "MIT",
                "md5": f"{number * VERSIONS + version:032x}",
                "sha256": f"{number * VERSIONS + version:064x}",
                "size": 100_000,
                "timestamp": 1_700_000_000_000,
            }
    for subdir, packages in records.items():
        (channel / subdir).mkdir(parents=True)
        index = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
        (channel / subdir / "repodata.json").write_text(json.dumps(index))


def _popular(names: list[str], before: int, chance: random.Random) -> str:
    """Choose an earlier name: often one of the first, which nearly everything needs."""
    if chance.random() < 0.4:  # noqa: PLR2004
        return names[chance.randrange(before)]
    return names[min(int(chance.paretovariate(0.6)) - 1, before - 1)]


def _spec(name: str, chance: random.Random) -> str:
    minor = chance.randrange(VERSIONS)
    return chance.choice([name, f"{name} >=1.{minor}", f"{name} >=1.{minor},<2.0a0"])


async def _read(url: str, cache: Path) -> None:
    platforms = ["linux-64", "noarch"]
    gateway = rattler.Gateway(cache_dir=cache, default_config=rattler.SourceConfig(sharded_enabled=False))
    names = await gateway.names([url], platforms)  # type: ignore[arg-type]
    await gateway.query([url], platforms, [name.normalized for name in names], recursive=False)  # type: ignore[arg-type]


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    print_machine()
    main()
