"""Tokens in addresses, ``/t/<token>/conda/…``: conda's way, taken off before anything else sees the path.

conda itself takes ``https://host/conda`` for a channel's location, and asks for ``/conda/t/<token>/<channel>/…`` (its
``Channel.url``), wherever the token stood in the address that it was given.
"""

import re

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

_TOKEN = "ownconda.token"  # noqa: S105  (a key of ours in the scope)
_WRITTEN = re.compile(r"(?P<location>/conda)?/t/(?P<token>[^/]*)(?P<path>/.*)", re.DOTALL)
_FILE = re.compile(r"/conda/[^/]+/.+", re.DOTALL)
_NO_TOKEN = "-"  # noqa: S105  (which no token is: where one was meant, nobody is let in as somebody unknown)
_HIDDEN = "/t/***"


class TokenPaths:
    """Takes the token off the path of a request for a channel's file; in any other such path it is only hidden."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        found = _WRITTEN.fullmatch(scope.get("path", "")) if scope["type"] == "http" else None
        await self._app(_without(scope, found) if found else scope, receive, send)


def token_in_path(request: HTTPConnection) -> str:
    """Give the token that stood in the address of a request, or nothing."""
    token: str = request.scope.get(_TOKEN, "")
    return token


def _without(scope: Scope, found: re.Match[str]) -> Scope:
    path, shown = (found["location"] or "") + found["path"], {}
    if _FILE.fullmatch(path) and scope["method"] in {"GET", "HEAD"}:
        shown = {_TOKEN: found["token"] or _NO_TOKEN}
    else:
        path = _HIDDEN + path
    return {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape"), **shown}
