"""An issuer of id tokens made small, on the loopback interface: discovery, keys, and tokens like those of jobs."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from serving import Answer, Asked, Served, pages, served

AUDIENCE = "https://conda.example.org"
DEVICE, TOKEN = "/oauth/authorize_device", "/oauth/token"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/oauth/discovery/keys"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(slots=True, kw_only=True)
class Issuer:
    """The issuer, with its keys by their ids; ``asked`` tells what it was asked for, ``forms`` what for tokens."""

    server: Served
    content: dict[str, Answer | bytes]
    keys: dict[str, Key] = field(default_factory=dict)
    logins: list[Mapping[str, object]]
    forms: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.address

    @property
    def asked(self) -> list[str]:
        return self.server.paths

    def has(self, **keys: Key) -> None:
        """Let it publish these keys, and no others."""
        self.keys = keys
        described = {"issuer": self.url, "jwks_uri": self.url + KEYS, "scopes_supported": ["openid", "profile"]}
        described |= {"device_authorization_endpoint": self.url + DEVICE, "token_endpoint": self.url + TOKEN}
        self.content[DISCOVERY] = json.dumps(described).encode()
        self.content[KEYS] = json.dumps({"keys": [_public(kid, key) for kid, key in keys.items()]}).encode()

    def answers_logins(self, *answers: Mapping[str, object]) -> None:
        """Let it answer so, one after the other, when it is asked whether somebody has logged in (RFC 8628)."""
        self.logins[:] = answers
        started = {
            "device_code": "d",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/device",
            "interval": 0,
        }
        self.content.setdefault(DEVICE, json.dumps(started).encode())

    def is_away(self) -> None:
        """Let it answer nothing but that it can't."""
        self.content[DISCOVERY] = Answer(status=502)

    def token(self, *, kid: str = "first", key: Key | None = None, algorithm: str = "RS256", **claims: object) -> str:
        """Issue a token as a job on a protected branch gets it; a claim that is None is left out."""
        said = {name: value for name, value in (job_claims(self.url) | claims).items() if value is not None}
        return jwt.encode(said, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def login(self, **claims: object) -> str:
        """Issue a token as a person gets it who logs in."""
        of_person = {"preferred_username": "ann", "groups": ["packagers"], "sub": "7", "aud": "client"}
        return self.token(**(dict.fromkeys(OF_JOBS) | of_person | claims))  # type: ignore[arg-type]


def job_claims(issuer: str) -> dict[str, Any]:
    """Give what GitLab says of a job: https://docs.gitlab.com/ci/secrets/id_token_authentication/."""
    now = int(time.time())
    return {
        "iss": issuer,
        "sub": "project_path:own/zlib:ref_type:branch:ref:main",
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now - 5,
        "exp": now + 3600,
        "jti": "8bd5a2f6",
        **OF_JOBS,
    }


OF_JOBS: dict[str, object] = {
    "namespace_path": "own",
    "project_path": "own/zlib",
    "user_login": "ann",
    "pipeline_id": "455",
    "pipeline_source": "push",
    "job_id": "1123",
    "ref": "main",
    "ref_type": "branch",
    "ref_path": "refs/heads/main",
    "ref_protected": "true",
    "groups_direct": ["packagers"],
}


@contextmanager
def running_issuer(first: Key) -> Iterator[Issuer]:
    """Run an issuer with one key, ``first``, while the block runs."""
    content: dict[str, Answer | bytes] = {}
    logins: list[Mapping[str, object]] = []
    forms: list[Mapping[str, str]] = []

    def answer(asked: Asked) -> Answer:
        if asked.path != TOKEN:
            return pages(content)(asked)
        forms.append(dict(parse_qsl(asked.body.decode())))
        told = logins.pop(0)
        return Answer(status=400 if "error" in told else 200, body=json.dumps(told).encode())

    with served(answer) as server:
        issuer = Issuer(server=server, content=content, logins=logins, forms=forms)
        issuer.has(first=first)
        yield issuer


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public(kid: str, key: Key) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"}
