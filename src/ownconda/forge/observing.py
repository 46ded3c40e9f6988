"""Each request observed: counted for `/metrics`, and written to the log if that is wanted."""

import logging
import time
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ownconda.access.callers import Caller
from ownconda.forge.metrics import Metrics

NO_ROUTE = "none"
"""Stands for the paths of requests that no route takes: they may be anything."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_IN_PATHS = "/:@!$&'()*+,;=~"  # RFC 3986, 3.3; what else is in one can't break a line, nor look like another
REQUESTS = logging.getLogger("ownconda.forge.requests")


class _Answer:
    """An answer on its way out: its status, and how many bytes of its body were handed on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._announced = 0
        self.status = 0
        self.sent = 0

    async def send(self, message: Message) -> None:
        """Hand a part of it on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._announced = int(Headers(raw=message["headers"]).get("content-length", 0))
        elif message["type"] == "http.response.pathsend":  # the server sends the file by itself
            self.sent = self._announced
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)


class Observing:
    """Stands before the application, behind what takes tokens off addresses."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer, began = _Answer(send), time.perf_counter()
        scope.setdefault("state", {})
        with self._metrics.running.track_inprogress():
            try:
                await self._app(scope, receive, answer.send)
            finally:
                self._note(scope, answer.status, time.perf_counter() - began, answer.sent)

    def _note(self, scope: Scope, status: int, seconds: float, sent: int) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = scope["state"].get("route", NO_ROUTE)
        self._metrics.note(method=method, route=route, status=status, seconds=seconds, sent=sent)
        headers = Headers(scope=scope)
        user_agent = headers.get("user-agent", "")
        self._metrics.note_client(user_agent)
        if REQUESTS.isEnabledFor(logging.INFO):
            caller: Caller | None = scope["state"].get("caller")
            path = quote(scope["path"], safe=_IN_PATHS)
            REQUESTS.info(
                "%s %s %d",
                method,
                path,
                status,
                extra={
                    "method": method,
                    "path": path,
                    "status": status,
                    "seconds": round(seconds, 6),
                    "bytes": sent,
                    "who": caller.name if caller else "",
                    "address": caller.address if caller else "",
                    "user_agent": user_agent,
                },
            )
