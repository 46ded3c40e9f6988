"""A forge that is killed, cut off from its disk and damaged, while many work with it: what was acknowledged stays.

``python tests/faults/fault_run.py --kills 1000`` runs it at length, a suite for a short while. It prints what was
done, and ends with exit code 1 when something was lost or a torn index was seen. With ``--database postgresql`` several
processes work on one folder, and the database is restarted now and then. With ``--store s3`` each process has a folder
of its own, as on a machine of its own, and the store refuses now and then.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests
from backports import zstd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run by hand, too

from databases import Postgres, postgres
from forging import new_forge
from making import make_package
from object_store_at_home import ObjectStoreAtHome, object_store

from ownconda.channels.publishing import FOLDER
from ownconda.stores.bucket import open_bucket
from ownconda.wires.ports import free_port

UPLOADERS = 8
READERS = 4
SECONDS_BETWEEN_KILLS = (0.05, 0.8)
SECONDS_TO_FOLLOW = 10.0
DISK, DISK_A_KILL = 64, 1  # MiB: what is uploaded between kills stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The folder of each of the forge's processes, by port, its token, and what its processes need to know."""

    folders: Mapping[int, Path]
    token: str
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where one of its processes answers."""
        return f"http://127.0.0.1:{random.choice(tuple(self.folders))}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether packages are in an object store."""
        return "OWNCONDA_FORGE_STORE" in self.environment

    @property
    def first(self) -> tuple[str, Path]:
        """Where the first process answers, and its folder."""
        port, folder = next(iter(self.folders.items()))
        return f"http://127.0.0.1:{port}", folder


@dataclass(slots=True)
class Record:
    """What happened: acknowledged uploads by path, counts, damaged files, and what must not have happened."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    damaged: set[str] = field(default_factory=set)
    wrongs: list[str] = field(default_factory=list)
    slowest_start: float = 0.0

    def wrong(self, what: str) -> None:
        """Note what must not happen."""
        self.wrongs.append(what)
        print(f"WRONG: {what}", flush=True)


class Killable:
    """A process of the forge, which is killed and started again."""

    def __init__(self, stage: Stage, port: int, record: Record) -> None:
        self._stage = stage
        self._port = port
        self._record = record
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and note how long it takes until it answers."""
        folder = self._stage.folders[self._port]
        command = [sys.executable, "-m", "ownconda.forge", str(folder), "--port", str(self._port)]
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [*command, "--keep-free", "0"], stdout=subprocess.DEVNULL, env=self._stage.environment
        )
        while not _answers(self._port):
            if self._process.poll() is not None or time.monotonic() - begun > 30:
                self._record.wrong(f"the forge doesn't start again: exit code {self._process.poll()}")
                return
            time.sleep(0.01)
        self._record.slowest_start = max(self._record.slowest_start, time.monotonic() - begun)

    def kill(self) -> None:
        """Kill it without a warning."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def end(self) -> None:
        """Let it end in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def run(  # noqa: PLR0913  (what is chosen)
    folder: Path,
    *,
    kills: int,
    seed: int,
    size: int = 0,
    processes: int = 1,
    server: Postgres | None = None,
    objects: ObjectStoreAtHome | None = None,
) -> Record:
    """Let everybody work while the forge is killed ``kills`` times, in a channel of ``size`` packages at first."""
    chance = random.Random(seed)
    record = Record()
    stage = _stage(folder, processes, server, objects)
    forges = _started(stage, record)
    _fill(stage, folder, size)
    stopping = threading.Event()
    workers = [
        *(_uploader(stage, record, folder / f"made-{number}", number) for number in range(UPLOADERS)),
        *(_reader(stage, record, random.Random(seed + number)) for number in range(READERS)),
        _promoter(stage, record),
        _pruner(stage, record),
        _reverter(stage, record),
    ]
    threads = [threading.Thread(target=_until, args=(stopping, record, worker)) for worker in workers]
    for thread in threads:
        thread.start()
    for number in range(kills):
        time.sleep(chance.uniform(*SECONDS_BETWEEN_KILLS))
        with _full_disk(stage) if number % 25 == 24 else ExitStack():
            going = chance.sample(forges, chance.randint(1, processes))
            for forge in going:
                forge.kill()
                record.counts["kills"] += 1
            for forge in going:
                forge.start()
        if server and number % 10 == 9:
            _restart(server, record, chance)
        if objects and number % 5 == 4:
            _refuse(objects, record, chance)
        if number == kills // 2:
            _flip_a_bit(stage, record, forges, chance)
    stopping.set()
    for thread in threads:
        thread.join()
    _check_all(stage, record)
    for forge in forges:
        forge.end()
    _check_folder(stage, record)
    return record


def _started(stage: Stage, record: Record) -> list[Killable]:
    forges = [Killable(stage, port, record) for port in stage.folders]
    for forge in forges:
        forge.start()
    return forges


def _restart(server: Postgres, record: Record, chance: random.Random) -> None:
    server.stop(chance.choice(("fast", "immediate")))
    time.sleep(chance.uniform(0, 1))
    server.start()
    record.counts["restarts of the database"] += 1


def _refuse(objects: ObjectStoreAtHome, record: Record, chance: random.Random) -> None:
    with objects.refuses(chance.choice((30, 100))):
        time.sleep(chance.uniform(0, 2))
    record.counts["refusals of the store"] += 1


def _stage(folder: Path, processes: int, server: Postgres | None, objects: ObjectStoreAtHome | None) -> Stage:
    database = server.new_database("forge") if server else ""
    bucket = objects.new_bucket("faults") if objects else ""
    environment = {
        **({"OWNCONDA_FORGE_DATABASE": database} if database else {}),
        **(
            {"OWNCONDA_FORGE_STORE": bucket, "OWNCONDA_FORGE_PUBLISH": "true", **objects.environment} if objects else {}
        ),
    }
    os.environ.update(environment)
    root, token = new_forge(folder / "forge", database=database, bucket=bucket)
    ports = [free_port("127.0.0.1", 0) for _ in range(processes)]
    roots = [root, *(folder / f"forge-{number}" for number in range(1, processes))] if objects else [root] * processes
    return Stage(folders=dict(zip(ports, roots, strict=True)), token=token, environment=os.environ | environment)


def _until(stopping: threading.Event, record: Record, step: Callable[[requests.Session], str]) -> None:
    """Do one thing again and again; what the forge doesn't answer, being down, is tried later."""
    with requests.Session() as session:
        while not stopping.is_set():
            try:
                record.counts[step(session)] += 1
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                time.sleep(0.02)


def _uploader(stage: Stage, record: Record, folder: Path, number: int) -> Callable[[requests.Session], str]:
    versions = iter(range(1, sys.maxsize))
    waiting: list[Path] = []

    def upload(session: requests.Session) -> str:
        if not waiting:
            version = next(versions)
            content = {"share/x": f"{number} {version}".encode()}
            try:
                waiting.append(make_package(folder, f"p{number}-{version % 7}", f"1.{version}", files=content))
            except OSError:  # the disk is full, and it is ours, too
                return "packages that couldn't be made"
        [package] = waiting
        answer = session.post(
            f"{stage.url}/upload/testing",
            files={"file": (package.name, package.read_bytes())},
            headers={"Authorization": f"Bearer {stage.token}"},
            timeout=30,
        )
        if answer.status_code in {503, 507}:
            return f"upload refused with {answer.status_code}"
        if answer.status_code != 200:
            record.wrong(f"an upload was answered with {answer.status_code}: {answer.text[:300]}")
        for one in answer.json().get("files", ()):
            record.acknowledged[one["path"]] = one["sha256"]
        waiting.clear()
        package.unlink()
        return "uploads"

    return upload


def _acting(stage: Stage, record: Record, channel: str, verb: str, body: dict[str, object]) -> Callable[..., str]:
    def act(session: requests.Session) -> str:
        answer = session.post(
            f"{stage.url}/api/v1/channels/{channel}/{verb}",
            json=body,
            headers={"Authorization": f"Bearer {stage.token}"},
            timeout=60,
        )
        if answer.status_code not in {200, 409, 422, 503, 507}:
            record.wrong(f"{verb} was answered with {answer.status_code}: {answer.text[:300]}")
        time.sleep(0.05)
        return verb if answer.ok else f"{verb} refused with {answer.status_code}"

    return act


def _promoter(stage: Stage, record: Record) -> Callable[[requests.Session], str]:
    return _acting(stage, record, "staging", "promote", {"from": "testing"})


def _pruner(stage: Stage, record: Record) -> Callable[[requests.Session], str]:
    return _acting(stage, record, "staging", "prune", {"versions": 2})


def _reverter(stage: Stage, record: Record) -> Callable[[requests.Session], str]:
    def revert(session: requests.Session) -> str:
        history = session.get(f"{stage.url}/api/v1/channels/staging/history?limit=1", timeout=30).json()
        [newest] = history.get("snapshots", [{"id": 0, "parent": None}])
        if newest["parent"] is None:
            return "nothing to revert"
        return _acting(stage, record, "staging", "revert", {"snapshot": newest["id"]})(session)

    return revert


def _reader(stage: Stage, record: Record, chance: random.Random) -> Callable[[requests.Session], str]:
    seen: dict[str, list[tuple[int, str]]] = {}

    def read(session: requests.Session) -> str:
        channel = chance.choice(("testing", "staging"))
        listed = _index(stage, session, channel, record)
        for name in chance.sample(sorted(listed), min(3, len(listed))):
            _check_file(stage, session, f"{channel}/linux-64/{name}", listed[name], record)
        history = session.get(f"{stage.url}/api/v1/channels/{channel}/history?limit=1000", timeout=30)
        if history.ok:
            now = [(step["id"], step["kind"]) for step in reversed(history.json()["snapshots"])]
            before = seen.setdefault(channel, [])
            if len(now) < 1000 and now[: len(before)] != before:
                record.wrong(f"the history of {channel} isn't what it was")
            seen[channel] = now
        return "reads"

    return read


def _index(stage: Stage, session: requests.Session, channel: str, record: Record) -> dict[str, str]:
    """Read a channel's index, and check that it is whole; gives sha256 by file name."""
    form = random.choice(("repodata.json", "repodata.json.zst"))
    answer = session.get(f"{stage.url}/conda/{channel}/linux-64/{form}", timeout=30)
    if answer.status_code != 200:
        return {}
    try:
        content = zstd.decompress(answer.content) if form.endswith(".zst") else answer.content
        listed = json.loads(content)["packages.conda"]
    except (ValueError, KeyError, zstd.ZstdError) as error:
        record.wrong(f"a torn index was seen: {channel}/{form}: {error}")
        return {}
    return {name: fields["sha256"] for name, fields in listed.items()}


def _check_file(stage: Stage, session: requests.Session, path: str, sha256: str, record: Record) -> None:
    answer = session.get(f"{stage.url}/conda/{path}", timeout=30)
    if answer.status_code in {503, 507} and stage.is_elsewhere:  # the store refuses, or a full disk takes no copy
        return
    found = hashlib.sha256(answer.content).hexdigest()
    if (answer.status_code != 200 or found != sha256) and path.partition("/")[2] not in record.damaged:
        record.wrong(f"{path} is listed, and answered with {answer.status_code} and sha256 {found}")


@contextmanager
def _full_disk(stage: Stage) -> Iterator[None]:
    """Leave nothing of the disk while the block runs; only where the folder has a small one of its own."""
    disk = stage.first[1].parent
    ballast = disk / "ballast"
    if not os.path.ismount(disk):
        yield
        return
    try:
        with ballast.open("wb") as file:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
    except OSError:
        pass
    try:
        yield
        time.sleep(0.5)
    finally:
        ballast.unlink()


def _flip_a_bit(stage: Stage, record: Record, forges: Sequence[Killable], chance: random.Random) -> None:
    """Damage a package while all go on working: it has to be found, put aside, and taken again."""
    path, sha256 = chance.choice(sorted(record.acknowledged.items()))
    record.damaged.add(path)
    url, folder = stage.first
    content = requests.get(
        f"{url}/conda/testing/{path}", timeout=30
    ).content  # a copy is in the folder, if it wasn't yet
    file = folder / "files" / sha256[:2] / sha256
    file.write_bytes(_flipped(content))
    told = _ownconda(stage, "channel", "check", "testing", "--deep", "--no-solve", "--forge", url)
    if told.returncode != 1 or path not in told.stdout:
        record.wrong(
            f"a check of the running forge doesn't find {path} damaged: {told.stdout[-500:]}{told.stderr[-500:]}"
        )
    for forge in forges:
        forge.kill()
    if (mended := _ownconda(stage, "forge", "fsck", str(folder), "--mend")).returncode not in {0, 1}:
        record.wrong(f"fsck can't mend: {mended.stdout[-500:]}{mended.stderr[-500:]}")
    for forge in forges:
        forge.start()
    answer = requests.post(
        f"{stage.url}/upload/testing",
        files={"file": (path.rpartition("/")[2], content)},
        headers={"Authorization": f"Bearer {stage.token}"},
        timeout=30,
    )
    if answer.status_code != 200:
        record.wrong(f"{path} isn't taken again after its damage: {answer.status_code} {answer.text[:300]}")
    record.counts["damaged and taken again"] += 1


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _ownconda(stage: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ownconda", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=stage.environment)


def _check_all(stage: Stage, record: Record) -> None:
    """Check that everything that was acknowledged is listed and there, by each process, what was damaged as well."""
    record.damaged.clear()
    time.sleep(SECONDS_TO_FOLLOW)
    for port in stage.folders:
        _check_process(replace(stage, folders={port: stage.folders[port]}), record)
    if stage.is_elsewhere:
        _check_published(record, stage.environment["OWNCONDA_FORGE_STORE"])


def _check_published(record: Record, bucket: str) -> None:
    """Check that whoever asks the bucket and no forge finds everything that was acknowledged."""
    opened = open_bucket(bucket)
    listed = json.loads(opened.get(f"{FOLDER}/testing/linux-64/repodata.json"))["packages.conda"]
    there = {one.key for one in opened.list(f"{FOLDER}/testing/linux-64")}
    for path, sha256 in record.acknowledged.items():
        if listed.get(path.partition("/")[2], {}).get("sha256") != sha256:
            record.wrong(f"{path} was acknowledged, and the bucket doesn't list it")
        elif f"{FOLDER}/testing/{path}" not in there:
            record.wrong(f"{path} is listed by the bucket, and isn't there")
    record.counts["published packages"] = len(listed)


def _check_process(stage: Stage, record: Record) -> None:
    with requests.Session() as session:
        answer = session.get(f"{stage.url}/conda/testing/linux-64/repodata.json", timeout=60)
        listed = {f"linux-64/{name}": one["sha256"] for name, one in answer.json()["packages.conda"].items()}
        for path, sha256 in record.acknowledged.items():
            if listed.get(path) != sha256:
                record.wrong(f"{path} was acknowledged, and testing doesn't list it")
            else:
                _check_file(stage, session, f"testing/{path}", sha256, record)


def _check_folder(stage: Stage, record: Record) -> None:
    """Let `forge fsck` look at what is left; then damage a file, and see that it is found."""
    folder = stage.first[1]
    sound = _ownconda(stage, "forge", "fsck", str(folder), "--mend")
    again = _ownconda(stage, "forge", "fsck", str(folder))
    if again.returncode:
        record.wrong(f"fsck isn't content: {sound.stdout[-500:]} {again.stdout[-1000:]} {again.stderr[-500:]}")
    victim = next(path for path in sorted((folder / "files").rglob("*")) if path.is_file())
    victim.write_bytes(_flipped(victim.read_bytes()))
    if _ownconda(stage, "forge", "fsck", str(folder)).returncode != 1:
        record.wrong("fsck doesn't find a flipped bit")


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _fill(stage: Stage, folder: Path, size: int) -> None:
    packages = [make_package(folder / "filling", f"filling-{number}") for number in range(size)]
    for start in range(0, size, 500):
        files = [("file", (one.name, one.read_bytes())) for one in packages[start : start + 500]]
        headers = {"Authorization": f"Bearer {stage.token}"}
        requests.post(f"{stage.url}/upload/testing", files=files, headers=headers, timeout=300).raise_for_status()


@contextmanager
def small_disk(folder: Path, *, kills: int) -> Iterator[bool]:
    """Mount a disk on a folder, where that is possible, with little more space than what is uploaded takes."""
    size = DISK + kills * DISK_A_KILL
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def main() -> int:
    """Run it by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--size", type=int, default=0, help="packages that the channel has at first")
    parser.add_argument("--back-within", type=float, help="seconds in which it has to answer again, on an idle machine")
    parser.add_argument("--processes", type=int, default=1, help="of the forge, side by side; more than one needs:")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--store", choices=("folder", "s3"), default="folder", help="several need PostgreSQL, too")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        small_disk(Path(folder), kills=chosen.kills) if not chosen.size else ExitStack(),
        postgres() if chosen.database == "postgresql" else nullcontext() as server,
        tempfile.TemporaryDirectory() as beside,
        object_store(Path(beside)) if chosen.store == "s3" else nullcontext() as objects,
    ):
        record = run(
            Path(folder),
            kills=chosen.kills,
            seed=chosen.seed,
            size=chosen.size,
            processes=chosen.processes,
            server=server,
            objects=objects,
        )
    print(dict(record.counts))
    print(f"{len(record.acknowledged)} acknowledged; slowest start {record.slowest_start:.2f} s")
    if chosen.back_within and record.slowest_start > chosen.back_within:
        record.wrong(f"it took {record.slowest_start:.2f} s to be back")
    print(f"{len(record.wrongs)} wrong")
    return 1 if record.wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
