"""A real S3 made small: moto's server in a process of its own, which refuses requests as long as it is told to.

As a program: ``python object_store_at_home.py PORT FILE``; while FILE is there, it says how many of a hundred requests
are refused with 503.
"""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from ownconda.wires.ports import free_port
from ownconda.wires.processes import start, stop

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreAtHome:
    """A server, which answers at a port of the loopback, and the file that tells it to refuse."""

    url: str
    refusing: Path
    pid: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What clients have to know."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "ann",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def new_bucket(self, name: str) -> str:
        """Make a bucket, and give its address."""
        requests.put(f"{self.url}/{name}", timeout=30).raise_for_status()
        return f"s3://{name}/forge"

    @contextmanager
    def refuses(self, percent: int) -> Iterator[None]:
        """Refuse so many of a hundred requests while the block runs."""
        self.refusing.write_text(str(percent))
        try:
            yield
        finally:
            self.refusing.unlink()


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStoreAtHome]:
    """Run a server while the block runs."""
    port = free_port("127.0.0.1", 0)
    made = ObjectStoreAtHome(url=f"http://127.0.0.1:{port}", refusing=folder / "refusing")
    with (folder / "log").open("wb") as log:
        process = start([sys.executable, __file__, str(port), str(made.refusing)], stdout=log, stderr=log)
        try:
            _await(made.url, process)
            yield replace(made, pid=process.pid)
        finally:
            stop(process)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto's server didn't start")


def refusing_now_and_then(inner: Application, refusing: Path) -> Application:
    """Put before an application that it refuses requests, evenly, while a file says how many of a hundred."""
    numbers = itertools.count()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            percent = int(refusing.read_text() or 0)
        except FileNotFoundError:
            percent = 0
        if next(numbers) * percent % 100 < percent:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            refused = HTTPStatus.SERVICE_UNAVAILABLE
            start_response(f"{refused.value} Slow Down", [("Content-Length", "0")])
            return []
        return inner(environ, start_response)

    return application


def _serve(port: int, refusing: Path) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415  (in its own process alone)
    from werkzeug.serving import WSGIRequestHandler, run_simple  # noqa: PLC0415  (likewise)

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    application = refusing_now_and_then(DomainDispatcherApplication(create_backend_app), refusing)
    run_simple("127.0.0.1", port, application, threaded=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
