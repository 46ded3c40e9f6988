"""A real forge made small: its application in this process, or `ownconda forge serve` in one of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.forge.services import Services
from ownconda.journeys.new_forge import make_forge
from ownconda.settings.tree import Settings
from ownconda.wires.processes import start, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """An application in this process, with the token that may write."""

    services: Services
    client: TestClient
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def upload(self, channel: str, *packages: Path) -> httpx2.Response:
        files = [("file", (path.name, path.read_bytes())) for path in packages]
        return self.client.post(f"/upload/{channel}", files=files, headers=self.bearer)

    def listed(self, channel: str, subdir: str = "linux-64") -> set[str]:
        index = self.client.get(f"/conda/{channel}/{subdir}/repodata.json")
        return set(index.json()["packages.conda"]) if index.status_code == 200 else set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A forge in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]


def new_forge(root: Path, *, database: str = "", bucket: str = "") -> tuple[Path, str]:
    """Make a forge, and give its folder and its token."""
    return root, make_forge(root, token_name="init", database=database, bucket=bucket)


@contextmanager
def opened_forge(folder: Path, token: str, settings: Settings) -> Iterator[Forged]:
    """Open the application of a forge that is set in some way, in this process, while the block runs."""
    with (
        open_services(folder, settings=settings, largest_upload=1 << 20, keep_free=0) as services,
        TestClient(make_app(services), raise_server_exceptions=False, client=("127.0.0.1", 50000)) as client,
    ):
        yield Forged(services=services, client=client, token=token)


def serve_command(folder: Path, *options: str) -> Sequence[str]:
    """Give the command that serves a forge on a free port."""
    return [sys.executable, "-m", "ownconda", "forge", "serve", str(folder), *(options or ("--port", "0"))]


@contextmanager
def running_forge(folder: Path, *options: str) -> Iterator[Running]:
    """Run a forge while the block runs."""
    process = start(serve_command(folder, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("forge ready at "), line + os.read(process.stderr.fileno(), 10_000).decode()  # type: ignore[union-attr]
        yield Running(url=line.split()[3].rstrip("/"), process=process)
    finally:
        stop(process)
