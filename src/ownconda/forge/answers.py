"""Errors become HTTP here, and nowhere else: a status, and the problems as JSON or as a page."""

import contextlib
import errno
import sys
import traceback
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ownconda.access.callers import Caller
from ownconda.channels.snapshots import ExpiredError, MissingError
from ownconda.errors import NoError, OutsideError, OwncondaError, Problem, WrongInputError
from ownconda.forge.templates import page

LONGEST_PATH = 200
UNKNOWN = "somebody with a wrong token"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
STATUSES = (
    (ExpiredError, HTTPStatus.GONE),
    (MissingError, HTTPStatus.NOT_FOUND),
    (NoError, HTTPStatus.CONFLICT),
    (WrongInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OutsideError, HTTPStatus.SERVICE_UNAVAILABLE),
)


class RequestError(OwncondaError):
    """What is wrong is the request itself, and there is a status that says so."""

    def __init__(
        self,
        status: HTTPStatus,
        what: str,
        *,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, hint=hint)
        self.status = status
        self.headers = headers


class RefusedError(RequestError):
    """Who asks mayn't, or isn't known: what the audit log tells of."""


def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error that ownconda raised on purpose."""
    if not isinstance(error, OwncondaError):
        raise error
    if isinstance(error, RefusedError):
        _note(request, error)
    headers = error.headers if isinstance(error, RequestError) else None
    return _answer(request, status_of(error), error.problems, headers)


def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what Starlette raises: no such page, method not allowed."""
    if not isinstance(error, HTTPException):
        raise error
    problem = Problem(what=f"{error.detail}: {request.url.path}")
    return _answer(request, HTTPStatus(error.status_code), (problem,), error.headers)


def answer_disconnect(request: Request, error: Exception) -> Response:  # noqa: ARG001  (Starlette's signature)
    """Nobody is there to read the answer."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def answer_defect(request: Request, error: Exception) -> Response:
    """Answer what should never happen, and write it to the log."""
    traceback.print_exception(error, file=sys.stderr)
    problem = Problem(what="the forge itself broke", hint="the operator finds the reason in the forge's log")
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, (problem,), None)


def status_of(error: OwncondaError) -> HTTPStatus:
    """Give the status that says what kind of error it is."""
    if isinstance(error, RequestError):
        return error.status
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in FULL:
        return HTTPStatus.INSUFFICIENT_STORAGE
    return next((status for family, status in STATUSES if isinstance(error, family)), HTTPStatus.INTERNAL_SERVER_ERROR)


HANDLERS = {
    OwncondaError: answer_error,
    HTTPException: answer_http_exception,
    ClientDisconnect: answer_disconnect,
    Exception: answer_defect,
}


def _note(request: Request, error: RefusedError) -> None:
    """Note a refusal, as far as the disk takes it: the answer is the same without."""
    caller: Caller | None = getattr(request.state, "caller", None)
    what = f"{request.method} {request.url.path[:LONGEST_PATH]}: {error.problems[0].what}"
    address = request.client.host if request.client else ""
    with contextlib.suppress(OutsideError):
        request.app.state.audit.refused(caller.name if caller else UNKNOWN, what, address=address)


def _answer(
    request: Request,
    status: HTTPStatus,
    problems: tuple[Problem, ...],
    headers: Mapping[str, str] | None,
) -> Response:
    told = [{"what": str(problem), "hint": problem.hint} for problem in problems]
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "problem.html", {"status": status, "problems": told}, status=status, headers=headers)
    return JSONResponse({"problems": told}, status_code=status, headers=headers)
