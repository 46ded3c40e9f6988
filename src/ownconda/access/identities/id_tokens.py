"""Id tokens: JSON Web Tokens in which an issuer says for whom they stand."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.identities.issuers import Issuer, Kind
from ownconda.access.identities.people import person
from ownconda.access.identities.pipelines import pipeline
from ownconda.access.identities.signing_keys import SigningKeys

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the issuer has. No others: a secret that two share proves neither."""

SECONDS_OF_LEEWAY = 30
"""By how much clocks may differ."""

LONGEST = 16_384
"""Characters of a token; those of GitLab have some 1,500."""

_CALLERS: Mapping[Kind, Callable[[Mapping[str, Any]], Caller]] = MappingProxyType(
    {Kind.PIPELINES: pipeline, Kind.PEOPLE: person}
)
_ABOUT = (
    (BadSignatureError, "isn't signed by its issuer"),
    (InvalidKeyIdError, "isn't signed by a key that its issuer has now"),
    (UnsupportedAlgorithmError, f"isn't signed by one of the algorithms {', '.join(ALGORITHMS)}"),
    (ExpiredTokenError, "has expired"),
    (MissingClaimError, "lacks a claim"),
    (InvalidClaimError, "has a claim that can't be right"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a token says before anybody has verified it: good for finding out whom to ask, and for nothing else."""

    issuer: str
    audiences: tuple[str, ...]
    key_id: str


@dataclass(frozen=True, slots=True)
class IdTokenIdentity:
    """Recognises for whom some issuers vouch; ``keys`` are theirs by address, ``clock`` gives milliseconds since 1970.

    A token may be shown as often as somebody likes while it is valid: a job has one for all its requests.
    """

    issuers: Sequence[Issuer]
    keys: Mapping[str, SigningKeys]
    clock: Callable[[], int]

    def recognise(self, presented: Presented) -> Caller | None:
        """Give who has the id token; None when it is none. Raises NotRecognisedError."""
        said = read_unverified(presented.token) if self.issuers else None
        if said is None:
            return None
        issuer = issuer_meant(said, self.issuers)
        keys = self.keys[issuer.url].having(said.key_id)
        claims = verified_claims(presented.token, keys, issuer, now=self.clock() // 1000)
        return replace(_CALLERS[issuer.kind](claims), address=presented.address)


def read_unverified(text: str) -> Said | None:
    """Read what a token says; None when it isn't an id token at all."""
    if text.count(".") != 2 or len(text) > LONGEST:  # noqa: PLR2004  (header, claims, signature)
        return None
    try:
        parts = jws.extract_compact(text.encode())
        claims = json.loads(parts.payload)
    except (JoseError, ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or not isinstance(claims.get("iss"), str):
        return None
    audience, key_id = claims.get("aud"), parts.headers().get("kid")
    audiences = audience if isinstance(audience, list) else [audience]
    return Said(
        issuer=claims["iss"],
        audiences=tuple(one for one in audiences if isinstance(one, str)),
        key_id=key_id if isinstance(key_id, str) else "",
    )


def issuer_meant(said: Said, issuers: Sequence[Issuer]) -> Issuer:
    """Find the issuer that a token names, for an audience of ours. Raises NotRecognisedError."""
    named = [one for one in issuers if one.url == said.issuer]
    if not named:
        raise NotRecognisedError(f"this forge doesn't trust {said.issuer[:200]!r}, which the id token names")
    for issuer in named:
        if issuer.audience in said.audiences:
            return issuer
    meant, expected = ", ".join(said.audiences)[:200], " or ".join(one.audience for one in named)
    raise NotRecognisedError(f"the id token is for {meant or 'nobody'!r}, not for {expected!r}")


def verified_claims(text: str, keys: KeySet, issuer: Issuer, *, now: int) -> Mapping[str, Any]:
    """Give what an issuer says, once it is certain that it did; ``now`` is in seconds. Raises NotRecognisedError."""
    expected = jwt.JWTClaimsRegistry(
        now=now,
        leeway=SECONDS_OF_LEEWAY,
        iss={"essential": True, "value": issuer.url},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        token = jwt.decode(text, keys, algorithms=ALGORITHMS)
        expected.validate(token.claims)
    except (JoseError, ValueError, RecursionError) as error:
        raise NotRecognisedError(f"the id token {_reason(error)}") from error
    return token.claims


def _reason(error: Exception) -> str:
    """Tell what is wrong, and which claim it is about; never what the token holds."""
    about = next((words for kind, words in _ABOUT if isinstance(error, kind)), "can't be read")
    claim = getattr(error, "claim", "")
    return f"{about}: {claim}" if claim and not isinstance(error, ExpiredTokenError) else about
