"""What a request's JSON says, checked."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from starlette.requests import Request

from ownconda.forge.answers import RequestError
from ownconda.forge.openapi.described import operation_of
from ownconda.forge.openapi.schemas import JSON, LARGEST_NUMBER, LARGEST_WHOLE
from ownconda.forge.unknown_names import refuse_unknown
from ownconda.wires.characters import is_hidden

LARGEST_BODY = 1 << 20
NOTHING: Mapping[str, str] = MappingProxyType({})


async def json_body(request: Request, *, largest: int = LARGEST_BODY) -> dict[str, Any]:
    """Read the object that a request brings, of at most ``largest`` bytes and with no field that nobody would read.

    Raises RequestError.
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > largest:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request's JSON is too large")
    if data:
        _check_type(request)
    body = _parsed(bytes(data or b"{}"))
    described = operation_of(request.method, request.state.route)
    if described is not None and described.body is not None:
        refuse_unknown("field", body, described.body.fields)
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


def text_table(body: Mapping[str, Any], key: str, *, default: Mapping[str, str] | None = NOTHING) -> Mapping[str, str]:
    """Give a table of such texts. Raises RequestError."""
    value = body.get(key, default)
    if not isinstance(value, Mapping) or not all(
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
    value = _as_int(body.get(key))
    if value is None or (type(value) is int and 0 <= value <= LARGEST_NUMBER):
        return value
    raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a whole number from 0 to {LARGEST_NUMBER}")


def whole(value: object, key: str) -> int:
    """Give a whole number that a database can count. Raises RequestError."""
    number = _as_int(value)
    if type(number) is int and 0 <= number <= LARGEST_WHOLE:
        return number
    raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a whole number, of at most 18 digits")


def moment_named(body: Mapping[str, Any], key: str) -> str:
    """Give what names a snapshot: a number, a tag or a date, as text. Raises RequestError."""
    value = _as_int(body.get(key))
    return str(whole(value, key)) if type(value) is int else text(body, key)


def _as_int(value: object) -> object:
    """Give a number without a fraction as what it is: JSON doesn't tell 5 from 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_type(request: Request) -> None:
    """Refuse what a form of another site's page could send, too: it may not call itself JSON."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != JSON:
        what = f"a request has to be {JSON}; this one calls itself {given[:80] or 'nothing'!r}"
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, what, hint=f"curl -H 'Content-Type: {JSON}' -d '{{…}}'")


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the request isn't JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request has to be a JSON object")
    return body


def _no_number(given: str) -> None:
    raise ValueError(f"{given} is no number in JSON")


def _is_plain(given: str) -> bool:
    return not any(map(is_hidden, given))
