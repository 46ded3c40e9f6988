"""A forge in a process of its own, and uploads to it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests
from measuring import python

from ownconda.conda.records import record_from_fields
from ownconda.repodata.entries import Entry

BATCH = 500


@contextmanager
def filled_forge(root: Path, files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Make a forge whose channel testing has these packages, and run it; gives its address and a token."""
    token = run_ownconda("forge", "init", str(root)).strip().splitlines()[-1]
    with RunningForge(root) as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for start in range(0, len(files), BATCH):
            post(session, url, files[start : start + BATCH])
        yield url, token


def post(session: requests.Session, url: str, packages: Sequence[Path]) -> None:
    """Upload packages to the channel testing in one request."""
    opened = [("file", (package.name, package.read_bytes())) for package in packages]
    answer = session.post(f"{url}/upload/testing", files=opened)
    if not answer.ok:
        sys.exit(f"the forge refused: {answer.status_code} {answer.text[:500]}")


def run_ownconda(*arguments: str) -> str:
    """Run a command, and give what it prints."""
    return subprocess.run([python(), "-m", "ownconda", *arguments], check=True, capture_output=True, text=True).stdout


def synthetic_entry(number: int, *, builds: int) -> Entry:
    """Make an entry of which there is no file; so many have the same name."""
    name, version = f"synthetic-{number // builds}", f"1.{number % builds}"
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    fields = {
        "build": f"h{digest[:7]}_0",
        "build_number": 0,
        "depends": ["python >=3.11", f"needed-{number % 97} >=1.{number % 13}", "libgcc >=13", "__glibc >=2.17"],
        "license": "MIT",
        "md5": digest[:32],
        "name": name,
        "sha256": digest,
        "size": 1000 + number % 100_000,
        "subdir": "noarch",
        "timestamp": 1_700_000_000_000 + number,
        "version": version,
    }
    file_name = f"{name}-{version}-{fields['build']}.conda"
    record = record_from_fields(fields, file_name=file_name, run_exports={})
    return Entry(record=record, indexed_at=1_700_000_000_000 + number)


class RunningForge:
    """A forge that runs while the block does."""

    def __init__(self, folder: Path, *, quiet: bool = False) -> None:
        self._process = subprocess.Popen(
            [python(), "-m", "ownconda.forge", str(folder), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            env=os.environ,
        )

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def memory(self) -> float:
        """The memory that it takes, in MB."""
        return psutil.Process(self._process.pid).memory_info().rss / 1e6

    def __enter__(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        return next(word for word in line.split() if word.startswith("http")).rstrip("/")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
