"""The pages' templates, style sheet and script, and the one function that fills them in."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ownconda import __version__
from ownconda.forge.own_address import own_address

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(
    request: Request,
    name: str,
    values: dict[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Fill in a template; what comes from outside is escaped, and runs no script but the forge's."""
    known = {"base": own_address(request), "version": __version__, "asset": _address}
    text = _environment().get_template(name).render(values | known)
    security = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return HTMLResponse(text, status_code=status, headers=security | dict(headers or {}))


def asset(name: str, media_type: str) -> Callable[[Request], Response]:
    """Give the endpoint of a file of the pages; its address on them changes with it, so that browsers keep it."""

    def send(request: Request) -> Response:
        is_meant = request.query_params.get("v") == _digest(name)
        kept = "public, max-age=31536000, immutable" if is_meant else "no-cache"
        return Response(content_of(name), media_type=media_type, headers={"Cache-Control": kept})

    return send


@cache
def content_of(name: str) -> bytes:
    """Give a file of the pages."""
    return files(__package__).joinpath(name).read_bytes()


def _address(name: str) -> str:
    return f"/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(content_of(name)).hexdigest()[:16]


@cache
def switcher() -> bytes:
    """Give the script of hosted pages: a function that is to be called with the versions that there are."""
    return content_of("switcher.js").rstrip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ownconda.forge", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["bytes"] = readable_size
    environment.filters["duration"] = readable_duration
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment


def readable_duration(milliseconds: int) -> str:
    """Write a time for people."""
    if milliseconds < 1:
        return "less than 1 ms"
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"  # noqa: PLR2004  (a second)


def readable_size(size: int) -> str:
    """Write a number of bytes for people."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004  (SI units)
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"  # noqa: PLR2004
        amount /= 1000
    return f"{amount:.1f} TB"
