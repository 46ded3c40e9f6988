"""Logging in with a browser on any device: OAuth's device authorization grant (RFC 8628), for an id token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from ownconda.errors import NoError, OutsideError, Where
from ownconda.wires.http import reached

DISCOVERY = "/.well-known/openid-configuration"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ("openid", "profile", "groups")
SECONDS_FOR_ANSWER = (10.0, 30.0)
SECONDS_BETWEEN = 5
"""How long to wait between questions where the issuer doesn't say, and by how much longer where it wants that."""

_REFUSALS = {"access_denied": "the login was refused", "expired_token": "nobody entered the code in time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a person is asked to do: open an address, and enter a code; ``complete`` is one that has it already."""

    address: str
    code: str
    complete: str = ""


def logged_in(
    issuer: str,
    client_id: str,
    *,
    web: requests.Session,
    ask: Callable[[Prompt], None],
    wait: Callable[[float], None],
) -> str:
    """Let somebody log in at an issuer, and give their id token.

    ``ask`` shows them what to do, ``wait`` waits for so many seconds. Raises NoError when they don't, OutsideError when
    the issuer can't do this.
    """
    described = _answer(web.get, issuer.rstrip("/") + DISCOVERY)
    offered = described.get("scopes_supported") or SCOPES[:2]
    scope = " ".join(one for one in SCOPES if one in offered)
    starting, asking = (
        _endpoint(described, name, issuer) for name in ("device_authorization_endpoint", "token_endpoint")
    )
    started = _answer(web.post, starting, data={"client_id": client_id, "scope": scope})
    ask(_prompt(started, starting))
    question = {"grant_type": GRANT, "device_code": str(started.get("device_code")), "client_id": client_id}
    return _awaited(web, asking, question, wait, seconds=_seconds(started.get("interval", SECONDS_BETWEEN)))


def _awaited(
    web: requests.Session, place: str, question: Mapping[str, str], wait: Callable[[float], None], *, seconds: float
) -> str:
    while True:
        wait(seconds)
        told = _answer(web.post, place, data=question, refusals=True)
        error = told.get("error")
        if isinstance(told.get("id_token"), str):
            return str(told["id_token"])
        if error not in {"authorization_pending", "slow_down"}:
            raise NoError(_REFUSALS.get(str(error), f"the issuer gives no id token: {str(error)[:200]}"))
        seconds += SECONDS_BETWEEN if error == "slow_down" else 0


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
