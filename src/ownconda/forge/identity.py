"""Who sends a request, and whether they may."""

import base64
import binascii
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.proxies import Proxies
from ownconda.access.rules import Decision, Question
from ownconda.forge.answers import RefusedError, RequestError
from ownconda.forge.services import Services
from ownconda.forge.token_paths import token_in_path

HINT = "send a token as `Authorization: Bearer` or basic auth's password; `ownconda forge init` printed the first one"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ownconda", Basic realm="ownconda"'}


def caller_of(request: HTTPConnection) -> Caller:
    """Give who sends a request that was let through."""
    caller: Caller = request.state.caller
    return caller


def presented(request: HTTPConnection, proxies: Proxies) -> Presented:
    """Take from a request what tells who sends it.

    A token stands in the address, as conda has it, in ``Authorization``, or, as quetz has it, in ``X-API-Key``. What
    else headers say is believed from proxies alone. Raises RequestError where it can't be meant.
    """
    headers = request.headers
    token = token_in_path(request) or _token(headers.get("authorization", "")) or headers.get("x-api-key", "").strip()
    peer = request.client.host if request.client else ""
    address = proxies.origin(peer, headers.getlist("x-forwarded-for"))
    if not proxies.trust(peer):
        return Presented(token=token, address=address)
    user, certificate = _told(request, proxies.user_header), _told(request, proxies.certificate_header)
    return Presented(token=token, address=address, user=user, certificate=certificate)


def recognised(shown: Presented, services: Services) -> Caller:
    """Give who showed this. Raises RefusedError where it isn't valid."""
    try:
        return services.access.recognise(shown)
    except NotRecognisedError as error:
        problem = error.problems[0]
        hint = problem.hint or HINT
        raise RefusedError(HTTPStatus.UNAUTHORIZED, problem.what, hint=hint, headers=CHALLENGE) from error


def refuse_foreign_page(request: Request, services: Services) -> None:
    """Refuse what a browser sends on behalf of another site's page. Raises RequestError.

    A user that a proxy authenticated, a certificate and basic auth's password come along with such requests, too.
    """
    if request.method in SAFE:
        return
    origin = request.headers.get("origin", "")
    ours = {request.headers.get("host", ""), urlsplit(services.public_url).netloc}
    foreign = bool(origin) and (origin.partition("://")[2] or origin) not in ours  # "null" is nobody's
    if foreign or request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise RefusedError(HTTPStatus.FORBIDDEN, "another site's page may not change anything here")


def vouched_for(shown: Presented, services: Services) -> Caller:
    """Give for whom the issuer of an id token vouches. Raises RequestError where it isn't valid, or is none."""
    try:
        caller = services.id_tokens.recognise(shown)
    except NotRecognisedError as error:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, error.problems[0].what, headers=CHALLENGE) from error
    if caller is None:
        hint = "one of an issuer that is set in access.issuers"
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "this needs an id token", hint=hint, headers=CHALLENGE)
    return caller


def require(caller: Caller, services: Services, question: Question) -> None:
    """Check that a caller may do something. Raises RefusedError that tells what is missing.

    A channel that somebody may not even read doesn't exist for them, and the answer is that for one that isn't there.
    """
    decision = services.access.decide(caller, question)
    if decision.allowed and _is_there(services, question):
        return
    if _is_hidden(caller, services, question) and (caller.is_known or _might(caller, services, question)):
        raise _no_channel(caller, question, services)
    raise _refused(caller, question, decision)


def docs_of(project: str) -> str:
    """Give what stands for a project's documentation where rules name channels, none of which has a colon."""
    return f"docs:{project}"


def _is_there(services: Services, question: Question) -> bool:
    """Tell whether a channel that is asked about is there."""
    known = (services.channels.names(), services.caches.terms)
    return _is_about_none(question) or any(question.channel in names for names in known)


def _is_about_none(question: Question) -> bool:
    """Tell whether no channel that is there is asked about: one that is to be made, or documentation."""
    return question.action is Action.CREATE or question.channel in {"", "*"} or question.channel.startswith(docs_of(""))


def _is_hidden(caller: Caller, services: Services, question: Question) -> bool:
    if _is_about_none(question):
        return False
    readable = Question(action=Action.READ, channel=question.channel)
    return not _is_there(services, question) or not services.access.decide(caller, readable).allowed


def _might(caller: Caller, services: Services, question: Question) -> bool:
    """Tell whether a caller might do this in a channel that isn't there."""
    return services.access.decide_missing(caller, question).allowed


def channel_meant(caller: Caller, services: Services, named: str) -> str:
    """Give the channel that a name is about: its own, that of a view or a sibling, or that of a snapshot's number.

    A number tells nothing of a channel that somebody may not read: it stays one that means nothing.
    """
    channel = services.channels.channel_meant(named)
    readable = Question(action=Action.READ, channel=channel)
    hidden = named.isdecimal() and not services.access.decide(caller, readable).allowed
    return named if hidden else channel


def readable_by(caller: Caller, services: Services, channels: Collection[str]) -> tuple[str, ...]:
    """Give those of these channels that a caller may read."""
    asked = ((name, Question(action=Action.READ, channel=name)) for name in channels)
    return tuple(name for name, question in asked if services.access.decide(caller, question).allowed)


def _no_channel(caller: Caller, question: Question, services: Services) -> RequestError:
    """Answer alike for what isn't there and what is hidden; only the latter is a refusal, which is noted."""
    known = services.channels.names()
    others = ", ".join(readable_by(caller, services, known)) or "none"
    kind = RefusedError if question.channel in known else RequestError
    return kind(HTTPStatus.NOT_FOUND, f"there is no channel {question.channel!r}", hint=f"there are {others}")


def _refused(caller: Caller, question: Question, decision: Decision) -> RefusedError:
    if not caller.is_known:
        return RefusedError(HTTPStatus.UNAUTHORIZED, "this needs a token", hint=HINT, headers=CHALLENGE)
    lacks = "; ".join(f"{what} {why}" for what, why in decision.lacks)
    hint = lacks or f"no rule is about {', '.join(sorted(caller.principals))}"
    return RefusedError(HTTPStatus.FORBIDDEN, f"{caller.name} may not {question}", hint=hint)


def _told(request: HTTPConnection, header: str) -> str:
    """Give what a proxy tells in a header: one that came twice is partly somebody else's."""
    values = request.headers.getlist(header) if header else []
    if len(values) > 1:
        hint = "the proxy has to replace what clients send under this name"
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the header {header} came more than once", hint=hint)
    try:
        return "".join(values).encode("latin-1").decode().strip()
    except UnicodeDecodeError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the header {header} isn't UTF-8") from error


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
