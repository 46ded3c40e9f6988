"""Requests that are slow, huge, cut off, damaged or far too many, against a real forge."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from forging import Running, new_forge, running_forge
from making import make_package
from starlette.requests import Request
from starlette.types import Message

from ownconda.forge.answers import RequestError
from ownconda.forge.receiving import Intake, received_body

CONNECTIONS = 2000
LARGEST = 1_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path, str]]:
    folder, token = new_forge(tmp_path_factory.mktemp("forge") / "forge")
    with running_forge(folder, "--port", "0", "--largest-upload", str(LARGEST), "--keep-free", "0") as forge:
        yield forge, folder, token


class Attacker:
    """Somebody with a token and bare sockets."""

    def __init__(self, url: str, folder: Path, token: str) -> None:
        self.url, self.folder, self.token = url, folder, token
        place = urlsplit(url)
        self.address = (place.hostname or "", place.port or 0)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=20)

    def ask(self, request: bytes) -> bytes:
        """Send bytes as they are, and give the first line of the answer, if there is one."""
        with self.connect() as line, contextlib.suppress(ConnectionError):
            line.sendall(request)
            return line.makefile("rb").readline()
        return b""

    def head(self, *headers: str, path: str = "/upload/testing", method: str = "POST") -> bytes:
        lines = (f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.token}", *headers, "", "")
        return "\r\n".join(lines).encode("latin-1")

    def incoming(self) -> list[Path]:
        return list((self.folder / "incoming").iterdir())

    def tidied_up(self) -> bool:
        """Wait until the forge has removed what it refused, which it does after its answer."""
        deadline = time.monotonic() + 10
        while self.incoming() and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.incoming()

    def serves(self) -> bool:
        return httpx2.get(f"{self.url}/conda/testing/noarch/repodata.json", timeout=5).status_code == 200


@pytest.fixture
def attacker(running: tuple[Running, Path, str]) -> Iterator[Attacker]:
    forge, folder, token = running
    made = Attacker(forge.url, folder, token)
    yield made
    assert made.serves()


FORM = "Content-Type: multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x-1-0.conda"\r\n\r\n'


def test_thousands_of_connections_keep_nobody_out(attacker: Attacker) -> None:
    with ExitStack() as stack:
        for number in range(CONNECTIONS):
            line = stack.enter_context(attacker.connect())
            line.sendall(attacker.head(FORM)[: number % 40])
        assert attacker.serves()


def test_many_uploads_that_never_end_keep_nobody_out(attacker: Attacker, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            line = stack.enter_context(attacker.connect())
            line.sendall(attacker.head(FORM, "Content-Length: 900000") + PART)
        package = make_package(tmp_path, "between")
        answer = httpx2.post(
            f"{attacker.url}/upload/testing",
            files={"file": (package.name, package.read_bytes())},
            headers={"Authorization": f"Bearer {attacker.token}"},
            timeout=10,
        )
        assert answer.status_code == 200
    while attacker.incoming():  # the forge notices that they left
        assert attacker.serves()


def test_an_upload_that_is_cut_off_leaves_nothing(attacker: Attacker) -> None:
    for size in (0, 1, 1000, 500_000):
        with attacker.connect() as line:
            line.sendall(attacker.head(FORM, "Content-Length: 900000") + PART + os.urandom(size))
    while attacker.incoming():
        assert attacker.serves()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([FORM, "Content-Length: 99999999999"], b"", 413),
        ([FORM, "Content-Length: -1"], b"", 400),
        ([FORM, "Content-Length: 1" + "0" * 5000], b"", 400),
        ([FORM, "Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n", 422),
        ([FORM, "Transfer-Encoding: chunked"], b"zz\r\n", 400),
        ([FORM, "Content-Length: 3"], b"xyz", 400),
        (["Content-Type: multipart/form-data", "Content-Length: 0"], b"", 400),
        (["Content-Type: multipart/form-data; boundary=" + "b" * 5000, "Content-Length: 0"], b"", 400),
        ([FORM, *(f"X-{number}: x" for number in range(2000))], b"", 431),
    ],
)
def test_a_damaged_or_huge_request_is_refused(attacker: Attacker, headers: list[str], body: bytes, status: int) -> None:
    line = attacker.ask(attacker.head(*headers) + body)
    assert line.split()[1:2] == [str(status).encode()], line
    assert attacker.tidied_up()


@pytest.mark.parametrize(
    "path",
    ["/conda/testing/%ff%fe", "/conda/%ff/x", "/upload/%00", "/upload/" + "x" * 5000, "/conda/testing/" + "a/" * 5000],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strange_address_is_no_defect(attacker: Attacker, path: str, method: str) -> None:
    line = attacker.ask(attacker.head("Content-Length: 0", "Connection: close", path=path, method=method))
    assert line.split()[1] in {b"400", b"404", b"405", b"414"}, line


def test_headers_without_end_are_cut_off(attacker: Attacker) -> None:
    line = attacker.ask(attacker.head("X-Long: " + "x" * 500_000))
    assert line.split()[1:2] in ([b"415"], [b"431"], [])  # or the answer is lost, since it reads no further


def test_more_files_than_a_request_may_hold_are_refused(attacker: Attacker) -> None:
    body = b"\r\n".join(PART for _ in range(1001)) + b"\r\n--b--\r\n"
    line = attacker.ask(attacker.head(FORM, f"Content-Length: {len(body)}") + body)
    assert line.split()[1] == b"413"
    assert attacker.tidied_up()


def test_parts_without_files_fill_nothing(attacker: Attacker) -> None:
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\nx\r\n' % n for n in range(10_000))
    line = attacker.ask(attacker.head(FORM, f"Content-Length: {len(body) + 7}") + body + b"--b--\r\n")
    assert line.split()[1] == b"422"


def test_who_sends_nothing_for_long_is_given_up(tmp_path: Path) -> None:
    async def never() -> Message:
        await asyncio.sleep(3600)
        return {}

    async def receive_all() -> None:
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, never)
        async with received_body(request, Intake(folder=tmp_path, keep_free=0, patience=0.01)):
            pass

    with pytest.raises(RequestError, match="nothing came for") as caught:
        asyncio.run(receive_all())
    assert (caught.value.status, list(tmp_path.iterdir())) == (408, [])


def test_who_reads_slowly_keeps_nobody_out(attacker: Attacker) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            line = stack.enter_context(attacker.connect())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            line.sendall(attacker.head(path="/conda/testing/noarch/repodata.json", method="GET"))
        assert attacker.serves()
