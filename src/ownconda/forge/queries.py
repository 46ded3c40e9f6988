"""What stands after the question mark of a request, checked."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.requests import Request

from ownconda.forge.answers import RequestError
from ownconda.forge.openapi.described import operation_of
from ownconda.forge.openapi.schemas import LARGEST_WHOLE
from ownconda.forge.unknown_names import refuse_unknown

_FLAGS = {"true": True, "false": False}


def check_names(request: Request, route: str) -> None:
    """Refuse parameters that nobody would read: ``?dry_run=true`` belongs into some bodies. Raises RequestError."""
    described = operation_of(request.method, route) if request.url.query else None
    if described is not None:
        refuse_unknown("parameter", request.query_params, described.query_names)


def number(request: Request, key: str, *, default: int | None = None) -> int:
    """Give a whole number that a database can count. Raises RequestError."""
    given = request.query_params.get(key)
    if given is None and default is not None:
        return default
    if not given or not given.isascii() or not given.isdecimal() or len(given) > len(str(LARGEST_WHOLE)):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be a number")
    return int(given)


def flag(request: Request, key: str, *, default: bool) -> bool:
    """Give true or false. Raises RequestError."""
    given = request.query_params.get(key)
    if given is None:
        return default
    if given not in _FLAGS:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be true or false")
    return _FLAGS[given]


def choice(request: Request, key: str, values: Sequence[str]) -> str:
    """Give one of some values, the first where none is given. Raises RequestError."""
    given = request.query_params.get(key, values[0])
    if given not in values:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key!r} has to be one of {', '.join(values)}")
    return given
