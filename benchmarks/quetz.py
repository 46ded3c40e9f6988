"""A quetz server from its release, in a virtual environment made for it, with a channel that has packages."""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import uuid
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

PINS = Path(__file__).with_name("quetz.txt")
BATCH = 500
PATIENCE = 600  # seconds
CONFIG = """
[sqlalchemy]
database_url = "sqlite:///./quetz.sqlite"
[session]
secret = "{secret}"
https_only = false
[logging]
level = "ERROR"
"""


@contextmanager
def quetz_installed() -> Iterator[Path]:
    """Install quetz-server with the versions of quetz.txt, and give its command; it goes with the block."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = (Path(folder) / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r", PINS)
        subprocess.run(pip, check=True, capture_output=True)
        yield Path(folder) / "bin" / "quetz"


@contextmanager
def filled_quetz(quetz: Path, root: Path, files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Run a quetz server whose channel testing has these packages, all of them uploaded; give its address and a key."""
    settings = root.with_suffix(".toml")
    settings.write_text(CONFIG.format(secret=secrets.token_hex(32)))
    subprocess.run([quetz, "create", root, "--copy-conf", settings], check=True, capture_output=True)
    key = _owner(root / "quetz.sqlite")
    with _running(quetz, root) as url, requests.Session() as session:
        session.headers["X-API-Key"] = key
        wanted = {"name": "testing", "description": "", "private": False}
        session.post(f"{url}/api/channels", json=wanted).raise_for_status()
        for start in range(0, len(files), BATCH):
            upload(session, url, files[start : start + BATCH])
        yield url, key


def upload(session: requests.Session, url: str, packages: Sequence[Path]) -> None:
    """Upload packages to the channel testing in one request."""
    opened = [("files", (package.name, package.read_bytes())) for package in packages]
    session.post(f"{url}/api/channels/testing/files/", files=opened, timeout=PATIENCE).raise_for_status()


def _owner(database: Path) -> str:
    """Make a user who may do everything, as quetz has no command for one without a login elsewhere; give the key."""
    key, user = secrets.token_hex(16), uuid.uuid4().bytes
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO users (id, username, role) VALUES (?, 'owner', 'owner')", (user,))
        connection.execute("INSERT INTO profiles (name, avatar_url, user_id) VALUES ('owner', '', ?)", (user,))
        connection.execute(
            "INSERT INTO api_keys (key, description, deleted, user_id, owner_id) VALUES (?, '', 0, ?, ?)",
            (key, user, user),
        )
    return key


@contextmanager
def _running(quetz: Path, root: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = (quetz, "start", root, "--host", "127.0.0.1", "--port", str(port))
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_until_up(url)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # its workers as well


def _wait_until_up(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{url}/api/channels", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("quetz doesn't start")
