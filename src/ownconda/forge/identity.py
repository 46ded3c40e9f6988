"""Who sends a request, and whether they may."""

import base64
import binascii
from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import HTTPConnection

from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.rules import Decision, Question
from ownconda.forge.answers import RefusedError
from ownconda.forge.services import Services
from ownconda.forge.token_paths import token_in_path

HINT = "send a token as `Authorization: Bearer` or basic auth's password; `ownconda forge init` printed the first one"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ownconda", Basic realm="ownconda"'}


def caller_of(request: HTTPConnection) -> Caller:
    """Give who sends a request that was let through."""
    caller: Caller = request.state.caller
    return caller


def presented(request: HTTPConnection) -> Presented:
    """Take from a request what tells who sends it: a token.

    It stands in the address, as conda has it, in ``Authorization``, or, as quetz has it, in ``X-API-Key``.
    """
    headers = request.headers
    token = token_in_path(request) or _token(headers.get("authorization", "")) or headers.get("x-api-key", "").strip()
    return Presented(token=token, address=request.client.host if request.client else "")


def recognised(shown: Presented, services: Services) -> Caller:
    """Give who showed this. Raises RefusedError where it isn't valid."""
    try:
        return services.access.recognise(shown)
    except NotRecognisedError as error:
        problem = error.problems[0]
        hint = problem.hint or HINT
        raise RefusedError(HTTPStatus.UNAUTHORIZED, problem.what, hint=hint, headers=CHALLENGE) from error


def require(caller: Caller, services: Services, question: Question) -> None:
    """Check that a caller may do something. Raises RefusedError that tells what is missing.

    A channel that somebody may not even read doesn't exist for them.
    """
    decision = services.access.decide(caller, question)
    if decision.allowed:
        return
    readable = Question(action=Action.READ, channel=question.channel)
    if question.channel in services.channels.names() and not services.access.decide(caller, readable).allowed:
        raise _no_channel(caller, question, services)
    raise _refused(caller, question, decision)


def readable_by(caller: Caller, services: Services, channels: Collection[str]) -> tuple[str, ...]:
    """Give those of these channels that a caller may read."""
    asked = ((name, Question(action=Action.READ, channel=name)) for name in channels)
    return tuple(name for name, question in asked if services.access.decide(caller, question).allowed)


def require_names(caller: Caller, services: Services, channel: str, names: Collection[str]) -> None:
    """Check that a caller may bring packages of these names into a channel. Raises RefusedError."""
    for name in sorted(names):
        require(caller, services, Question(action=Action.UPLOAD, channel=channel, name=name))
    if services.access.decide(caller, Question(action=Action.ADMINISTER, channel="*")).allowed:
        return
    for name, claim in sorted(services.access.foreign_names(caller, names).items()):
        owners = ", ".join(claim.owners)
        what = f"the name {name!r} belongs to {owners}, and {caller.name} is none of them"
        raise RefusedError(HTTPStatus.FORBIDDEN, what, hint="give the package another name, or ask its owner")


def _no_channel(caller: Caller, question: Question, services: Services) -> RefusedError:
    if not caller.is_known:
        return RefusedError(HTTPStatus.UNAUTHORIZED, "this needs a token", hint=HINT, headers=CHALLENGE)
    others = ", ".join(readable_by(caller, services, services.channels.names())) or "none"
    hint = f"there are {others}"
    return RefusedError(HTTPStatus.NOT_FOUND, f"there is no channel {question.channel!r}", hint=hint)


def _refused(caller: Caller, question: Question, decision: Decision) -> RefusedError:
    if not caller.is_known:
        return RefusedError(HTTPStatus.UNAUTHORIZED, "this needs a token", hint=HINT, headers=CHALLENGE)
    lacks = "; ".join(f"{what} {why}" for what, why in decision.lacks)
    hint = lacks or f"no rule is about {', '.join(sorted(caller.principals))}"
    return RefusedError(HTTPStatus.FORBIDDEN, f"{caller.name} may not {question}", hint=hint)


def _token(header: str) -> str:
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
