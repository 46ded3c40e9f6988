"""An issuer's public keys: fetched, remembered, and fetched anew when they are old or one is missing."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from ownconda.errors import OutsideError, Where
from ownconda.wires.http import reached

SECONDS_FRESH = 3600.0
"""How long keys are believed without asking again: one that the issuer took back is trusted for so long."""

SECONDS_KEPT = 24 * 3600.0
"""How long they are believed while the issuer can't be reached."""

SECONDS_BETWEEN_TRIES = 10.0
"""Who makes up ids of keys lets an issuer be asked so often, and no more."""

SECONDS_OF_WAITING = 5.0
"""How long a request waits for keys that another one is fetching: it holds a thread of the forge's."""

SECONDS_FOR_ANSWER = (3.0, 5.0)

DISCOVERY = "/.well-known/openid-configuration"
_KINDS: Mapping[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class SigningKeys:
    """The keys of the issuer at ``url``; may be asked from any thread. ``clock`` gives seconds."""

    def __init__(
        self, url: str, fetch: Callable[[str], KeySet], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._keys, self._read, self._tried = KeySet([]), -math.inf, -math.inf
        self._reason: OutsideError | None = None
        self._fetching = threading.Lock()

    def having(self, key_id: str) -> KeySet:
        """Give the keys, asked for anew where none has this id. Raises OutsideError where none are known."""
        there = any(key.kid == key_id for key in self._keys)
        if not there or self._age() >= SECONDS_FRESH:
            self._refresh(waiting=not there)
        if self._age() >= SECONDS_KEPT:
            hint = "try again later"
            raise OutsideError(f"the keys of {self._url} can't be fetched", hint=hint) from self._reason
        return self._keys

    def _age(self) -> float:
        return self._clock() - self._read

    def _refresh(self, *, waiting: bool) -> None:
        """Fetch them, one thread at a time; who can't be reached is asked again later, from when that is known."""
        if not self._fetching.acquire(timeout=SECONDS_OF_WAITING if waiting else 0):
            return
        try:
            if self._clock() - self._tried < SECONDS_BETWEEN_TRIES:
                return
            self._fetch_once()
        finally:
            self._fetching.release()

    def _fetch_once(self) -> None:
        try:
            self._keys, self._read = self._fetch(self._url), self._clock()
        except OutsideError as error:
            self._reason = error
        finally:
            self._tried = self._clock()


def fetch_keys(url: str, web: requests.Session) -> KeySet:
    """Ask an issuer for its keys (OpenID Connect Discovery 1.0, section 4). Raises OutsideError."""
    place = url.rstrip("/") + DISCOVERY
    described = _object(place, web)
    if described.get("issuer") != url:
        hint = "access.issuers has to give the address as the issuer does, to the letter"
        raise OutsideError(f"calls itself {described.get('issuer')!r}, not {url!r}", where=Where(file=place), hint=hint)
    keys_at = described.get("jwks_uri")
    if not isinstance(keys_at, str) or (url.startswith("https:") and not keys_at.startswith("https:")):
        raise OutsideError("names no address of its keys", where=Where(file=place))
    return _keys(_object(keys_at, web).get("keys"))


def _object(place: str, web: requests.Session) -> Mapping[str, Any]:
    with reached(place):
        answer = web.get(place, timeout=SECONDS_FOR_ANSWER)
        answer.raise_for_status()
        try:
            found = answer.json()
        except ValueError as error:
            raise OutsideError("doesn't answer JSON", where=Where(file=place)) from error
    if not isinstance(found, dict):
        raise OutsideError("doesn't answer a JSON object", where=Where(file=place))
    return found


def _keys(listed: object) -> KeySet:
    """Take the keys that can sign; others are for something else, or newer than we are (RFC 7517, section 5)."""
    found: list[RSAKey | ECKey] = []
    for one in listed if isinstance(listed, list) else []:
        kind = _KINDS.get(str(one.get("kty"))) if isinstance(one, dict) else None
        if kind is None or one.get("use", "sig") != "sig":
            continue
        try:
            found.append(kind.import_key(one))
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    return KeySet(list(found))
