"""HSTS: a browser that has seen the forge over TLS asks it by nothing else any more (RFC 6797)."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LASTING = "max-age=31536000"


class StrictTransport:
    """Tells so where the forge ends TLS, or clients see it over TLS as ``public_url`` says.

    Only where it has its host to itself, at the usual port: what is told counts for all ports of a host.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not self._is_meant(scope):
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Strict-Transport-Security", LASTING)
            await send(message)

        await self._app(scope, receive, sent)

    def _is_meant(self, scope: Scope) -> bool:
        if self._public_url:
            seen = urlsplit(self._public_url)
            return seen.scheme == "https" and seen.port in {None, 443}
        port = Headers(scope=scope).get("host", "").rpartition("]")[2].partition(":")[2]
        return scope.get("scheme") == "https" and port in {"", "443"}
