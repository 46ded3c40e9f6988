"""Serving: one process, granian's server in it, a line when it answers, an orderly end."""

import asyncio
import contextlib
import errno
import logging
import os
import resource
import signal
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from granian.constants import Interfaces, SSLProtocols
from granian.server.embed import Server
from starlette.applications import Starlette

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.upkeep.catching_up import fill_archives, former_archives, mend, warm_up
from ownconda.errors import OutsideError
from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.forge.replicating import following_if_set
from ownconda.forge.services import Services
from ownconda.forge.tls import Tls, read_tls
from ownconda.settings.tree import Settings
from ownconda.wires.ports import bindable_port

INTERRUPTED = 130
SECONDS_TO_FINISH = 10.0
MOST_CONNECTIONS = 16_384
SECONDS_BETWEEN_TRIES = 0.02

_log = logging.getLogger(__name__)


def serve(  # noqa: PLR0913  (each is a fact of the service)
    root: Path,
    *,
    host: str,
    port: int,
    largest_upload: int,
    settings: Settings,
    keep_free: int | None,
    tell: Callable[[str], None],
    until: IO[bytes] | None = None,
) -> int:
    """Serve the forge in the folder ``root`` until SIGTERM or SIGINT, or ``until`` ends; give the exit code.

    ``tell`` gets a line as soon as the forge answers; port 0 chooses a free one. Raises OutsideError when the
    port is in use or another forge runs on the folder, WrongInputError when there is no forge.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each connection is a file
    tls = read_tls(settings, ForgeFolder(root=root))
    with (
        open_services(root, settings=settings, largest_upload=largest_upload, keep_free=keep_free) as services,
        following_if_set(services, settings),
    ):
        place = _Place(host=host, port=_free_port(host, port), tls=tls, folder=root)
        return asyncio.run(_serve(services, place, tell, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a forge listens, whether it ends TLS there, and its folder as it was given."""

    host: str
    port: int
    tls: Tls | None
    folder: Path

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"


async def _serve(services: Services, place: _Place, tell: Callable[[str], None], until: IO[bytes] | None) -> int:
    server = _server(make_app(services), place)
    stopping = asyncio.Event()
    caught: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        caught.append(number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    if until is not None:
        _stop_at_end(until, asyncio.get_running_loop(), stopping)
    serving = asyncio.create_task(server.serve())
    telling = asyncio.create_task(_announce(services, place, tell))
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    telling.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait({serving}, timeout=SECONDS_TO_FINISH)
    if serving.done():
        serving.result()
    return INTERRUPTED if signal.SIGINT in caught else 0


def _stop_at_end(stream: IO[bytes], loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    def read() -> None:
        stream.read()
        loop.call_soon_threadsafe(stopping.set)

    threading.Thread(target=read, daemon=True).start()


def _server(app: Starlette, place: _Place) -> Server:
    return Server(
        app,
        address=place.host,
        port=place.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        backlog=1024,
        backpressure=MOST_CONNECTIONS,  # without it idle connections, as many as its backlog, would keep everybody out
        **_tls_options(place.tls),
    )


def _tls_options(tls: Tls | None) -> Mapping[str, Any]:
    if tls is None:
        return {}
    own = {"ssl_cert": tls.certificate, "ssl_key": tls.key, "ssl_protocol_min": SSLProtocols.tls12}
    if tls.clients is None:
        return own
    return own | {"ssl_client_verify": True, "ssl_ca": tls.clients.certificate, "ssl_crl": [tls.clients.revoked]}


async def _announce(services: Services, place: _Place, tell: Callable[[str], None]) -> None:
    """Tell when the forge answers, then look after what it holds."""
    while not await _answers(place):  # noqa: ASYNC110  (granian tells nobody when it listens)
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    tell(f"forge ready at {place.url} (folder {place.folder}); Ctrl-C stops it")
    await asyncio.to_thread(_look_after, services)


def _look_after(services: Services) -> None:
    """Read the channels into memory, mend what clients download, and write to the log what can't be mended."""
    warm_up(services.channels)
    fill_archives(services.channels)
    lost = [str(problem) for problem in (*former_archives(services.channels), *mend(services.channels))]
    broken = [
        f"the channel {name!r} is unavailable: {error}" for name, error in services.channels.unavailable().items()
    ]
    for line in (*broken, *lost):
        _log.error("%s", line)


async def _answers(place: _Place) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(place.host, place.host)  # noqa: S104  (compared, not bound)
    try:
        reader, writer = await asyncio.open_connection(
            reachable, place.port, ssl=_to_ourselves() if place.tls else None
        )
    except OSError:
        return False
    with contextlib.closing(writer):
        if place.tls and place.tls.clients:
            return True  # we have no certificate to go on with: who shakes hands is there
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: forge\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()


def _to_ourselves() -> ssl.SSLContext:
    """Give what asks whether we answer: by an address that our certificate needn't name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _free_port(host: str, port: int) -> int:
    """Check that the port is free, or choose one: granian shares a port that is in use without a word."""
    try:
        return bindable_port(host, port)
    except OSError as error:
        raise _not_bound(error, host, port) from error


def _not_bound(error: OSError, host: str, port: int) -> OutsideError:
    if error.errno == errno.EADDRINUSE:
        return OutsideError(
            f"port {port} on {host} is in use", hint=f"choose another one, for example --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return OutsideError(
            f"port {port} on {host} isn't ours to use", hint="ports below 1024 are the system's: --port 8765"
        )
    reason = error.strerror or os.strerror(error.errno or 0)
    return OutsideError(f"{host}:{port} can't be listened on: {reason}", hint="check --host and --port")
