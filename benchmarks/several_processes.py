"""One, two and four processes of a forge on one PostgreSQL and one folder: packages a second, and how far they lag."""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
from forges import RunningForge, run_ownconda
from measuring import print_machine, write_package

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from databases import Postgres, postgres

CHANNELS = ("experimental", "testing", "staging", "archive")
CLIENTS = 8
EACH = 60
LOOKS = 15
KEPT = ("shared_buffers=128MB", "max_connections=100")  # what is committed is on disk


def main() -> None:
    """Print how many packages a second they take, in one channel and in four, and how soon all know of one."""
    print(f"\n{CLIENTS} clients, each {EACH} packages one after the other; database, forges and clients on these cores")
    _print("SQLite, 1 process", _measured(1, None))
    with postgres(KEPT) as server:
        for processes in (1, 2, 4):
            _print(f"PostgreSQL, {processes} process{'es' if processes > 1 else ''}", _measured(processes, server))


def _print(name: str, figures: tuple[float, float, float, float]) -> None:
    one, four, index, state = figures
    print(
        f"  {name:<24} {one:5.0f} /s in one channel, {four:5.0f} /s in {len(CHANNELS)};"
        f" another process shows it in its index after {index * 1000:.0f} ms, knows of it after {state * 1000:.0f} ms"
    )


def _measured(processes: int, server: Postgres | None) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory() as folder, _forges(Path(folder), processes, server) as (urls, token):
        packages = Path(folder) / "noarch"
        packages.mkdir()
        one = _rate(urls, token, packages, CHANNELS[1:2])
        four = _rate(urls, token, packages, CHANNELS)
        return one, four, *_lag(urls, token, packages)


@contextmanager
def _forges(root: Path, processes: int, server: Postgres | None) -> Iterator[tuple[list[str], str]]:
    os.environ["OWNCONDA_FORGE_DATABASE"] = server.new_database(f"forges{processes}") if server else ""
    token = run_ownconda("forge", "init", str(root / "forge")).strip().splitlines()[-1]
    with ExitStack() as stack:
        yield [stack.enter_context(RunningForge(root / "forge")) for _ in range(processes)], token
    del os.environ["OWNCONDA_FORGE_DATABASE"]


def _rate(urls: Sequence[str], token: str, folder: Path, channels: Sequence[str]) -> float:
    fresh = [
        [write_package(folder, f"fresh-{len(channels)}-{client}-{number}", number) for number in range(EACH)]
        for client in range(CLIENTS)
    ]

    def client(number: int) -> None:
        with requests.Session() as session:
            for package in fresh[number]:
                _upload(session, urls[number % len(urls)], token, channels[number % len(channels)], package)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLIENTS * EACH / (time.perf_counter() - start)


def _lag(urls: Sequence[str], token: str, folder: Path) -> tuple[float, float]:
    """Tell how long after an answer the last process lists a package in its index, and tells of it (medians)."""
    index: list[float] = []
    state: list[float] = []
    with requests.Session() as session:
        for number in range(LOOKS):
            package = write_package(folder, f"late-{number}", number)
            _upload(session, urls[0], token, "testing", package)
            start = time.perf_counter()
            _await(session, f"{urls[-1]}/conda/testing/noarch/repodata.json", package.name)
            index.append(time.perf_counter() - start)
            _await(session, f"{urls[-1]}/api/v1/channels/testing?spec=late-{number}", package.name)
            state.append(time.perf_counter() - start)
    return statistics.median(index), statistics.median(state)


def _await(session: requests.Session, url: str, text: str) -> None:
    while text not in session.get(url).text:
        time.sleep(0.005)


def _upload(session: requests.Session, url: str, token: str, channel: str, package: Path) -> None:
    answer = session.post(
        f"{url}/upload/{channel}",
        files={"file": (package.name, package.read_bytes())},
        headers={"Authorization": f"Bearer {token}"},
    )
    if not answer.ok:
        sys.exit(f"the forge refused: {answer.status_code} {answer.text[:500]}")


if __name__ == "__main__":
    print_machine()
    main()
