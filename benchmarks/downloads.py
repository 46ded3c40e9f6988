"""Downloads from a forge, beside nginx with the same files on the same machine: an index of 0.9 MB, packages of 40 MB.

Each server has one core and wrk the other one, with keep-alive. Needs wrk and nginx: scripts/system-packages downloads
"""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from measuring import print_machine, python

INDEX, PACKAGE = "conda/testing/noarch/repodata.json.zst", "conda/testing/noarch/large-1.0-h1_0.conda"
INDEX_SIZE, PACKAGE_SIZE = 900_000, 40_000_000
CONNECTIONS, SECONDS, RUNS = 8, 3, 5
SHARE_OF_REQUESTS, SHARE_OF_BYTES = 1 / 3, 0.9
NGINX = """
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path {root}; proxy_temp_path {root}; fastcgi_temp_path {root}; uwsgi_temp_path {root};
    scgi_temp_path {root};
    server {{ listen 127.0.0.1:{port}; root {public}; }}
}}
"""


def main() -> None:
    """Print how many requests a second each answers, and the forge's share of nginx's."""
    missing = [program for program in ("wrk", "nginx", "taskset") if not shutil.which(program)]
    if missing:
        print(f"\nDownloads aren't measured without {', '.join(missing)}: sh scripts/system-packages downloads")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        _run("forge", "init", str(root / "forge"))
        with _forge(root / "forge") as forge:
            _write_files(root / "forge" / "public")
            with _nginx(root, root / "forge" / "public") as nginx:
                _compare("an index of 0.9 MB", INDEX, forge, nginx, SHARE_OF_REQUESTS)
                _compare("packages of 40 MB", PACKAGE, forge, nginx, SHARE_OF_BYTES)


def _compare(what: str, path: str, forge: str, nginx: str, share: float) -> None:
    print(f"\nDownloads of {what}, {CONNECTIONS} connections")
    rates: dict[str, list[float]] = {"ownconda": [], "nginx": []}
    for _ in range(RUNS):
        for name, url in (("ownconda", forge), ("nginx", nginx)):
            rates[name].append(_requests_a_second(f"{url}/{path}"))
    size = int(requests.head(f"{forge}/{path}", timeout=10).headers["content-length"])
    for name, measured in rates.items():
        median = statistics.median(measured)
        spread = f"({min(measured):.0f} to {max(measured):.0f})"
        print(f"  {name:<10} {median:8.0f} requests/s   {spread:<18} {median * size / 1e9:6.2f} GB/s")
    reached = statistics.median(rates["ownconda"]) / statistics.median(rates["nginx"])
    print(
        f"  ownconda / nginx: {reached:.2f} (asked for: at least {share:.2f}) {'ok' if reached >= share else 'MISSED'}"
    )


def _requests_a_second(url: str) -> float:
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([0-9.]+)", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        sys.exit(f"{url}: {told}")
    return float(found[1])


def _write_files(public: Path) -> None:
    for name, size in ((INDEX, INDEX_SIZE), (PACKAGE, PACKAGE_SIZE)):
        (public / name).write_bytes(os.urandom(size))


def _run(*arguments: str) -> None:
    subprocess.run([python(), "-m", "ownconda", *arguments], check=True, capture_output=True)


@contextmanager
def _forge(folder: Path) -> Iterator[str]:
    command = ["taskset", "-c", "0", python(), "-m", "ownconda.forge", str(folder), "--port", "0"]
    with _running(command) as process:
        assert process.stdout is not None  # noqa: S101
        yield next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip("/")


@contextmanager
def _nginx(root: Path, public: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = root / "nginx.conf"
    configuration.write_text(NGINX.format(root=root, port=port, public=public))
    for path in (public, *public.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with _running(["taskset", "-c", "0", "nginx", "-c", str(configuration)]):
        url = f"http://127.0.0.1:{port}"
        _wait(lambda: requests.get(f"{url}/{INDEX}", timeout=10).ok)
        yield url


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(ready: Callable[[], bool]) -> None:
    for _ in range(100):
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    sys.exit("nginx doesn't answer")


if __name__ == "__main__":
    print_machine()
    main()
