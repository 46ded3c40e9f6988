"""A forge in a process of its own, and uploads to it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from measuring import python

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


class RunningForge:
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
