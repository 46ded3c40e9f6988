"""Who sends a request, and whether they may."""

import base64
import binascii
from http import HTTPStatus

from starlette.requests import Request

from ownconda.access.tokens import WRITE, Token
from ownconda.forge.answers import RequestError
from ownconda.forge.services import Services

HINT = "send the token that `ownconda forge init` printed as `Authorization: Bearer` or basic auth's password"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ownconda", Basic realm="ownconda"'}


def require_writer(request: Request, services: Services) -> Token:
    """Give the token that came with a request, in ``Authorization`` or, as quetz has it, in ``X-API-Key``.

    Raises RequestError when there is none that may write.
    """
    text = _presented(request.headers.get("authorization", "")) or request.headers.get("x-api-key", "").strip()
    if not text:
        raise RequestError(HTTPStatus.UNAUTHORIZED, "this needs a token", hint=HINT, headers=CHALLENGE)
    token = services.tokens.find(text)
    if token is None:
        raise RequestError(HTTPStatus.UNAUTHORIZED, "this forge doesn't know the token", hint=HINT, headers=CHALLENGE)
    if WRITE not in token.may:
        raise RequestError(HTTPStatus.FORBIDDEN, f"the token {token.name!r} may not write")
    return token


def writer_to_channel(request: Request, services: Services) -> str:
    """Give the name of who may upload to the channel of a request, before anything of its body is read.

    Raises RequestError as `require_writer`, MissingError when there is no such channel.
    """
    token = require_writer(request, services)
    services.channels.state(request.path_params["channel"])
    return token.name


def _presented(header: str) -> str:
    """Take the token out of an Authorization header (RFC 6750's Bearer, RFC 7617's password)."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
