"""A forge's channels on disk, with snapshots that expire, and a clock that tests set."""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from making import make_package
from sqlalchemy import text

from ownconda.channels.acts import Rollback
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.taken_table import TakenTable
from ownconda.channels.opening import open_channels
from ownconda.channels.requests import Done
from ownconda.channels.snapshots import Snapshot
from ownconda.conda.package_files import read_package
from ownconda.stores.taken import Taken
from ownconda.wires.database import transaction

DAY = 86_400_000
CHARTERS = (
    Charter(name="testing", snapshots=10 * DAY),
    Charter(name="stable", archive="archive", snapshots=10 * DAY),
    Charter(name="archive", snapshots=10 * DAY),
    Charter(name="old"),
)


class Yard:
    """An open forge whose clock stands where a test puts it."""

    def __init__(self, folder: ForgeFolder) -> None:
        self.folder = folder
        self.day = 100
        self.step = 0
        self.channels: Channels

    def now(self) -> int:
        self.day += self.step
        return self.day * DAY

    def admit(self, channel: str, *names: str, content: bytes = b"") -> Snapshot:
        return self.admitted(channel, names, content).snapshot

    def admitted(self, channel: str, names: Sequence[str], content: bytes = b"") -> Done:
        folder = Path(tempfile.mkdtemp(dir=self.folder.incoming))
        paths = [make_package(folder, name, files={"x": content}) for name in names]
        return self.channels.admit(channel, [Arrival(file=one, record=read_package(one)) for one in paths], author="a")

    def admit_version(self, channel: str, name: str, version: str) -> None:
        one = make_package(Path(tempfile.mkdtemp(dir=self.folder.incoming)), name, version)
        self.channels.admit(channel, [Arrival(file=one, record=read_package(one))], author="a")

    def attest(self, channel: str, name: str, claim: bytes) -> None:
        """Send a package again with signed claims; nobody here reads what they say."""
        folder = Path(tempfile.mkdtemp(dir=self.folder.incoming))
        package, claimed = make_package(folder, name, files={"x": b""}), folder / "claim"
        claimed.write_bytes(claim)
        sidecars = {"provenance": claimed}
        self.channels.admit(
            channel, [Arrival(file=package, record=read_package(package), sidecars=sidecars)], author="ann"
        )

    def roll_back(self, channel: str, to: Snapshot) -> Snapshot:
        return self.channels.do(Rollback(channel=channel, snapshot=to.id), author="bob").snapshot

    def start(self, channel: str) -> Snapshot:
        return self.channels.history(channel, limit=99)[-1].snapshot

    def file(self, channel: str, name: str) -> Path:
        return self.folder.channel(channel) / "linux-64" / f"{name}-1.0-h1_0.conda"

    def kept(self) -> set[str]:
        return {one.sha256 for one in self.channels.store.stored()}

    def expired(self, channel: str) -> list[int]:
        return [one.snapshot.id for one in self.channels.history(channel, limit=99) if one.snapshot.expired]

    def listed(self, channel: str) -> set[str]:
        index = self.folder.channel(channel) / "linux-64" / "repodata.json"
        return {name.partition("-")[0] for name in json.loads(index.read_text())["packages.conda"]}


@contextmanager
def opened(folder: ForgeFolder, charters: Sequence[Charter] = CHARTERS) -> Iterator[Yard]:
    made = Yard(folder)
    with open_channels(folder, charters, clock=made.now) as channels:
        made.channels = channels
        yield made


def with_forgotten_arrivals(yard: Yard) -> None:
    """Let an hour pass for the store."""
    forget_arrivals(yard.channels)


def forget_arrivals(channels: Channels) -> None:
    """Let an hour pass for the store of a forge."""
    taken = channels.store.taken
    if isinstance(taken, Taken):
        taken._since.clear()  # noqa: SLF001
    if isinstance(taken, TakenTable):
        with transaction(channels.ledger.engine, immediate=True) as connection:
            connection.execute(text("UPDATE taken_lately SET at = 0"))
    for note in channels.folder.taken.glob("*"):
        os.utime(note, (0, 0))
