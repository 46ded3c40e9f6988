"""One, two and four processes of a forge on one PostgreSQL: packages a second, how far they lag, and what limits them.

With a folder in common, and with an object store and a folder for each. What is beyond two cores is calculated.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
from forges import RunningForge, run_ownconda
from measuring import print_machine, write_package

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from databases import Postgres, postgres
from object_store_at_home import ObjectStoreAtHome, object_store

CHANNELS = ("experimental", "testing", "staging", "archive")
CLIENTS = 8
EACH = 60
LOOKS = 15
KEPT = ("shared_buffers=128MB", "max_connections=100")  # what is committed is on disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Packages a second in four channels, and the processor's seconds that one of them takes, by who spends them."""

    processes: int
    rate: float
    forge: float
    database: float
    store: float
    clients: float

    @property
    def all_of_it(self) -> float:
        """Seconds of a processor for one upload, wherever."""
        return self.forge + self.database + self.store + self.clients


def main() -> None:
    """Print how many packages a second they take, in one channel and in four, and how soon all know of one."""
    print(f"\n{CLIENTS} clients, each {EACH} packages one after the other; database, forges and clients on these cores")
    _print("SQLite, 1 process", _measured(1, None, None))
    with postgres(KEPT) as server, tempfile.TemporaryDirectory() as beside, object_store(Path(beside)) as objects:
        shared = [_told("one folder", processes, server, None) for processes in (1, 2, 4)]
        apart = [_told("object store", processes, server, objects) for processes in (1, 2)]
    print(f"  (the object store is moto's server, in Python: {apart[0].store * 1000:.1f} ms of a processor an upload)")
    _print_model("one folder", shared)
    _print_model("object store", apart)


def _told(where: str, processes: int, server: Postgres, objects: ObjectStoreAtHome | None) -> Costs:
    one, costs, index, state = _measured(processes, server, objects)
    _print(f"PostgreSQL, {where}, {processes} process{'es' if processes > 1 else ''}", (one, costs, index, state))
    return costs


def _print(name: str, figures: tuple[float, Costs, float, float]) -> None:
    one, costs, index, state = figures
    print(
        f"  {name:<40} {one:5.0f} /s in one channel, {costs.rate:5.0f} /s in {len(CHANNELS)};"
        f" another process shows it in its index after {index * 1000:.0f} ms, knows of it after {state * 1000:.0f} ms"
    )


def _print_model(where: str, measured: Sequence[Costs]) -> None:
    """Print what is calculated, beside what was measured."""
    cores, first = os.cpu_count() or 1, measured[0]
    print(
        f"  CALCULATED, {where}: the cores are what limits it, so they take cores / seconds of a processor an upload,"
    )
    print(
        f"  as measured with one process: forge {first.forge * 1000:.1f} ms, database {first.database * 1000:.1f} ms,"
        f" store {first.store * 1000:.1f} ms, clients {first.clients * 1000:.1f} ms"
    )
    for costs in measured:
        usable = min(cores, costs.processes + 1)  # a forge is one interpreter; the others have a core of their own
        predicted = usable / first.all_of_it
        told = f"{predicted:4.0f} /s, measured {costs.rate:4.0f} /s ({predicted / costs.rate - 1:+.0%})"
        print(f"    {costs.processes} on these {cores} cores: {told}")
    for machines in (1, 2, 4):
        predicted = min(machines / first.forge, cores / first.database)
        where = f"{machines} machine{'s' if machines > 1 else ''}, a database of {cores} cores on its own"
        print(f"    {where}: {predicted:4.0f} /s in many channels, never measured")


def _measured(
    processes: int, server: Postgres | None, objects: ObjectStoreAtHome | None
) -> tuple[float, Costs, float, float]:
    with tempfile.TemporaryDirectory() as folder, _forges(Path(folder), processes, server, objects) as (forges, token):
        packages = Path(folder) / "noarch"
        packages.mkdir()
        urls = list(forges)
        one = _rate(urls, token, packages, CHANNELS[1:2])
        before = _spent(forges.values(), server, objects)
        four = _rate(urls, token, packages, CHANNELS)
        after = _spent(forges.values(), server, objects)
        each = {who: (after[who] - before[who]) / (CLIENTS * EACH) for who in after}
        return one, Costs(processes=processes, rate=four, **each), *_lag(urls, token, packages)


def _spent(pids: Iterable[int], server: Postgres | None, objects: ObjectStoreAtHome | None) -> Mapping[str, float]:
    """Tell the processor's seconds that everybody spent so far."""
    postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0]) if server else 0
    return {
        "forge": sum(map(_seconds, pids)),
        "database": _seconds(postmaster) if postmaster else 0.0,
        "store": _seconds(objects.pid) if objects else 0.0,
        "clients": time.process_time(),
    }


def _seconds(pid: int) -> float:
    process = psutil.Process(pid)
    alive = [process, *process.children(recursive=True)]
    ended = process.cpu_times()
    return (
        sum(one.cpu_times().user + one.cpu_times().system for one in alive)
        + ended.children_user
        + ended.children_system
    )


@contextmanager
def _forges(
    root: Path, processes: int, server: Postgres | None, objects: ObjectStoreAtHome | None
) -> Iterator[tuple[dict[str, int], str]]:
    """Run forges, and give their processes by their addresses, and a token."""
    name = f"forges-{processes}-{'apart' if objects else 'together'}"
    said = {"OWNCONDA_FORGE_DATABASE": server.new_database(name) if server else ""}
    if objects:
        said |= objects.environment | {"OWNCONDA_FORGE_STORE": objects.new_bucket(name)}
    os.environ.update(said)
    token = run_ownconda("forge", "init", str(root / "forge-0")).strip().splitlines()[-1]
    with ExitStack() as stack:
        folders = [root / f"forge-{number if objects else 0}" for number in range(processes)]
        forges = [RunningForge(one) for one in folders]
        yield {stack.enter_context(one): one.pid for one in forges}, token
    for one in said:
        del os.environ[one]


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
