"""Logging in with a browser on any device: OAuth's device authorization grant (RFC 8628), for an id token.

Where an issuer gives a refresh token as well (RFC 6749, section 6), it gives another id token for that later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from ownconda.errors import NoError, OutsideError, Where
from ownconda.wires.http import reached

DISCOVERY = "/.well-known/openid-configuration"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH = "refresh_token"
SCOPES = ("openid", "profile", "groups", "offline_access")
"""What is asked for as far as an issuer has it; for the last one some give refresh tokens (OpenID Connect Core, 11)."""

SECONDS_FOR_ANSWER = (10.0, 30.0)
SECONDS_BETWEEN = 5
"""How long to wait between questions where the issuer doesn't say, and by how much longer where it wants that."""

_REFUSALS = {
    "access_denied": "the login was refused",
    "expired_token": "nobody entered the code in time",
    "invalid_grant": "the issuer takes its refresh token no more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a person is asked to do: open an address, and enter a code; ``complete`` is one that has it already."""

    address: str
    code: str
    complete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What an issuer gives: who somebody is, and what gets another such token later, or nothing."""

    id_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)


def logged_in(
    issuer: str,
    client_id: str,
    *,
    web: requests.Session,
    ask: Callable[[Prompt], None],
    wait: Callable[[float], None],
) -> SignIn:
    """Let somebody log in at an issuer, and give what it gives for that.

    ``ask`` shows them what to do, ``wait`` waits for so many seconds. Raises NoError when they don't, OutsideError when
    the issuer can't do this.
    """
    described = _answer(web.get, issuer.rstrip("/") + DISCOVERY)
    offered = described.get("scopes_supported") or SCOPES[:2]
    scope = " ".join(one for one in SCOPES if one in offered)  # an issuer may refuse a scope that it doesn't know
    starting, asking = (
        _endpoint(described, name, issuer) for name in ("device_authorization_endpoint", "token_endpoint")
    )
    started = _answer(web.post, starting, data={"client_id": client_id, "scope": scope})
    ask(_prompt(started, starting))
    question = {"grant_type": GRANT, "device_code": str(started.get("device_code")), "client_id": client_id}
    return _awaited(web, asking, question, wait, seconds=_seconds(started.get("interval", SECONDS_BETWEEN)))


def refreshed(issuer: str, client_id: str, refresh_token: str, *, web: requests.Session) -> SignIn:
    """Get another id token for a refresh token, and the refresh token that counts from now on.

    Raises NoError when the issuer refuses, OutsideError when it can't be reached.
    """
    described = _answer(web.get, issuer.rstrip("/") + DISCOVERY)
    question = {"grant_type": REFRESH, "refresh_token": refresh_token, "client_id": client_id}
    told = _answer(web.post, _endpoint(described, "token_endpoint", issuer), data=question, refusals=True)
    if not isinstance(told.get("id_token"), str):
        raise _refusal(told)
    return _sign_in(told, before=refresh_token)


def _awaited(
    web: requests.Session, place: str, question: Mapping[str, str], wait: Callable[[float], None], *, seconds: float
) -> SignIn:
    while True:
        wait(seconds)
        told = _answer(web.post, place, data=question, refusals=True)
        error = told.get("error")
        if isinstance(told.get("id_token"), str):
            return _sign_in(told)
        if error not in {"authorization_pending", "slow_down"}:
            raise _refusal(told)
        seconds += SECONDS_BETWEEN if error == "slow_down" else 0


def _sign_in(told: Mapping[str, Any], *, before: str = "") -> SignIn:
    fresh = told.get(REFRESH)
    return SignIn(id_token=str(told["id_token"]), refresh_token=fresh if isinstance(fresh, str) else before)


def _refusal(told: Mapping[str, Any]) -> NoError:
    error = str(told.get("error"))[:200]
    return NoError(_REFUSALS.get(error, f"the issuer gives no id token: {error}"))


def _prompt(started: Mapping[str, Any], place: str) -> Prompt:
    address, code = started.get("verification_uri"), started.get("user_code")
    if not isinstance(address, str) or not isinstance(code, str):
        raise OutsideError("tells no address to log in at", where=Where(file=place))
    return Prompt(address=address, code=code, complete=str(started.get("verification_uri_complete") or ""))


def _endpoint(described: Mapping[str, Any], name: str, issuer: str) -> str:
    found = described.get(name)
    if isinstance(found, str) and (found.startswith("https:") or not issuer.startswith("https:")):
        return found
    hint = "its operator has to allow OAuth's device authorization grant"
    raise OutsideError(f"names no {name}, so nobody can log in there like this", where=Where(file=issuer), hint=hint)


def _answer(
    send: Callable[..., requests.Response],
    place: str,
    *,
    data: Mapping[str, str] | None = None,
    refusals: bool = False,
) -> Mapping[str, Any]:
    """Give the JSON of an answer; that of a refusal, too, where those are meant."""
    with reached(place):
        answer = send(place, timeout=SECONDS_FOR_ANSWER, **({"data": data} if data else {}))
        if not (refusals and answer.status_code == requests.codes.bad_request):
            answer.raise_for_status()
        try:
            found = answer.json()
        except requests.JSONDecodeError as error:
            raise OutsideError("doesn't answer JSON", where=Where(file=place)) from error
    return found if isinstance(found, dict) else {}


def _seconds(given: object) -> float:
    return float(given) if isinstance(given, int) and given >= 0 else float(SECONDS_BETWEEN)
