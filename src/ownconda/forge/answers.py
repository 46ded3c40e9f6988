"""Errors become HTTP here, and nowhere else: a status, and the problems as JSON or as a page."""

import contextlib
import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from ownconda.access.callers import Caller
from ownconda.channels.room import FullError
from ownconda.channels.snapshots import ExpiredError, MissingError
from ownconda.errors import NoError, OutsideError, OwncondaError, Problem, WrongInputError
from ownconda.forge.templates import page
from ownconda.sites.sites import NoSiteError
from ownconda.wires.database_server import LostError

LONGEST_PATH = 200
UNKNOWN = "somebody with a wrong token"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
STATUSES = (
    (ExpiredError, HTTPStatus.GONE),
    (MissingError, HTTPStatus.NOT_FOUND),
    (NoSiteError, HTTPStatus.NOT_FOUND),
    (FullError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (NoError, HTTPStatus.CONFLICT),
    (WrongInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OutsideError, HTTPStatus.SERVICE_UNAVAILABLE),
)


_log = logging.getLogger(__name__)


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
    if isinstance(error, LostError):
        return _answer_lost(request, error)
    if isinstance(error, RefusedError):
        _note(request, error)
    headers = error.headers if isinstance(error, RequestError) else None
    return _answer(request, status_of(error), error.problems, headers)


def _answer_lost(request: Request, error: LostError) -> Response:
    """Let the log tell, once, why the database can't be reached: where it is, and whose it is, is its business."""
    request.app.state.outage.refused(error)
    problem = Problem(what="the forge's database can't be reached", hint="try again in a minute")
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, (problem,), None)


def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what Starlette raises: no such page, method not allowed."""
    if not isinstance(error, HTTPException):
        raise error
    problem = Problem(what=f"{error.detail}: {request.url.path}")
    headers = _allowed(request) if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return _answer(request, HTTPStatus(error.status_code), (problem,), headers)


def answer_disconnect(request: Request, error: Exception) -> Response:  # noqa: ARG001  (Starlette's signature)
    """Nobody is there to read the answer."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def answer_defect(request: Request, error: Exception) -> Response:
    """Answer what should never happen, and write it to the log."""
    _log.error("%s %s broke", request.method, request.url.path[:LONGEST_PATH], exc_info=error)
    problem = Problem(what="the forge itself broke", hint="the operator finds the reason in the forge's log")
    nosniff = {"X-Content-Type-Options": "nosniff"}  # it goes out past what gives others their headers
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, (problem,), nosniff)


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


def _allowed(request: Request) -> Mapping[str, str]:
    """Give the methods of all routes of an address: Starlette tells those of the first."""
    met = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in met for method in getattr(route, "methods", None) or ()}
    return {"Allow": ", ".join(sorted(methods))}


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
    headers = {"Cache-Control": "no-store", **(headers or {})}  # what isn't there now may be in a moment
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "problem.html", {"status": status, "problems": told}, status=status, headers=headers)
    return JSONResponse({"problems": told}, status_code=status, headers=headers)
