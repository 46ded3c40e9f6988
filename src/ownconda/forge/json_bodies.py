"""What a request's JSON says, checked."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from ownconda.forge.answers import RequestError
from ownconda.wires.characters import is_hidden

LARGEST_BODY = 1 << 20
LARGEST_NUMBER = 1_000_000


async def json_body(request: Request, *, largest: int = LARGEST_BODY) -> dict[str, Any]:
    """Read the object that a request brings, of at most ``largest`` bytes. Raises RequestError."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > largest:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request's JSON is too large")
    try:
        body = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the request isn't JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request has to be a JSON object")
    return body


def text(body: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    """Give a text of one line. Raises RequestError."""
    value = body.get(key, default)
    if not isinstance(value, str) or not _is_plain(value):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be text in one line, without control characters")
    return value


def texts(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Give a list of such texts. Raises RequestError."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and _is_plain(item) for item in value):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a list of texts without control characters")
    return tuple(value)


def text_table(body: Mapping[str, Any], key: str) -> dict[str, str]:
    """Give a table of such texts. Raises RequestError."""
    value = body.get(key, {})
    if not isinstance(value, dict) or not all(
        isinstance(item, str) and _is_plain(name + item) for name, item in value.items()
    ):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be an object of texts without control characters")
    return value


def flag(body: Mapping[str, Any], key: str) -> bool:
    """Give true or false. Raises RequestError."""
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be true or false")
    return value


def optional_number(body: Mapping[str, Any], key: str) -> int | None:
    """Give a whole number, or None when there is none. Raises RequestError."""
    value = body.get(key)
    if value is None or (type(value) is int and 0 <= value <= LARGEST_NUMBER):
        return value
    raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a whole number from 0 to {LARGEST_NUMBER}")


def number(given: str, key: str) -> int:
    """Give a whole number. Raises RequestError."""
    if not given.isascii() or not given.isdecimal() or len(given) > 18:  # noqa: PLR2004  (what a database can count)
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a number")
    return int(given)


def _is_plain(given: str) -> bool:
    return not any(map(is_hidden, given))
