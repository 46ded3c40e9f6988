"""A small real web server on the loopback interface, for tests of what goes over HTTP."""

import base64
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server says; ``cut`` leaves the body shorter than was announced."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def login(self) -> str:
        """User and password of basic authentication, or nothing."""
        return base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server: its base address, and what it was asked so far."""

    address: str
    asked: list[Asked]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


MISSING = Answer(status=404, body=b"there is no such page")


@contextmanager
def served(answer: Callable[[Asked], Answer], *, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Run a server while the block runs; as a proxy it answers plain requests and passes CONNECT on."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = answer(self._note())
            self.send_response(given.status)
            announced = len(given.body) + (1000 if given.cut else 0)
            for name, value in ({"Content-Length": str(announced)} | dict(given.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)
            self.close_connection = True

        do_POST = do_GET  # noqa: N815  (its name says what it answers)

        def do_CONNECT(self) -> None:
            self._note()
            host, _, port = self.path.partition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.send_response(200)
                self.end_headers()
                _relay(self.connection, upstream)
            self.close_connection = True

        def _note(self) -> Asked:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(Asked(method=self.command, path=self.path, headers=dict(self.headers), body=body))
            return asked[-1]

        def log_message(self, *_: object) -> None:
            """Tell nobody."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up, as it does on a certificate it doesn't trust, is no fault here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        scheme = "https" if tls else "http"
        try:
            yield Served(address=f"{scheme}://127.0.0.1:{server.server_address[1]}", asked=asked)
        finally:
            server.shutdown()
            thread.join()


def pages(content: Mapping[str, Answer | bytes]) -> Callable[[Asked], Answer]:
    """Answer with the page of that path, or 404; the mapping may be filled later."""

    def answer(asked: Asked) -> Answer:
        found = content.get(asked.path.partition("?")[0], MISSING)
        return Answer(body=found) if isinstance(found, bytes) else found

    return answer


def closed_address() -> str:
    """Give an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _relay(one: socket.socket, other: socket.socket) -> None:
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is one else one).sendall(data)
