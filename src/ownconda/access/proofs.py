"""Proofs: whoever holds a certificate's key signs which forge it is for, when, and a text that no other proof has."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ownconda.access.certificates import read_certificate, suitable_key
from ownconda.access.identities import NotRecognisedError
from ownconda.attestations.keys import PrivateKey, PublicKey

SECONDS_VALID = 300
"""How far a proof's time may be from the forge's: clocks differ, and a proof isn't to be kept."""

_PURPOSE = b"ownconda: a token for this certificate\n"
"""Stands before what is signed, so that nothing else that the key signs is a proof."""

_LONGEST_NONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is signed: the address of the forge that it is for, the time in seconds since 1970, and a random text."""

    audience: str
    time: int
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A certificate, what its holder says as it was signed, and the signature."""

    certificate: x509.Certificate
    said: bytes
    signature: bytes


def prove(certificate: x509.Certificate, key: PrivateKey, *, audience: str, at: int) -> Mapping[str, str]:
    """Make a proof, as it is sent."""
    statement = Statement(audience=audience.rstrip("/"), time=at, nonce=secrets.token_hex(16))
    said = json.dumps(asdict(statement))
    return {
        "certificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        "statement": said,
        "signature": base64.b64encode(key.sign(_PURPOSE + said.encode())).decode(),
    }


def read_proof(certificate: str, statement: str, signature: str) -> Proof:
    """Read what was sent. Raises NotRecognisedError."""
    try:
        shown, signed = base64.b64decode(certificate, validate=True), base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise NotRecognisedError("the proof's certificate or signature isn't base64") from error
    return Proof(certificate=read_certificate(shown), said=statement.encode("utf-8", "replace"), signature=signed)


def check_proof(proof: Proof, *, audience: str, at: int) -> Statement:
    """Check that the holder of a certificate's key made this proof now, for us. Raises NotRecognisedError.

    Whether the certificate is any good, and whether the proof came before, is for others to tell.
    """
    if not PublicKey(suitable_key(proof.certificate.public_key())).signed(_PURPOSE + proof.said, proof.signature):
        raise NotRecognisedError("the proof isn't signed with the certificate's key")
    statement = _read_statement(proof.said)
    if statement.audience != audience:
        hint = f"this forge is {audience}: ask it by that address"
        raise NotRecognisedError(f"the proof is for {statement.audience[:200]!r}", hint=hint)
    if abs(statement.time - at) > SECONDS_VALID:
        raise NotRecognisedError("the proof isn't of now", hint="look at the clocks of both machines")
    return statement


def _read_statement(said: bytes) -> Statement:
    try:
        fields = json.loads(said)
        statement = Statement(audience=fields["audience"], time=fields["time"], nonce=fields["nonce"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotRecognisedError("the proof's statement can't be read") from error
    texts = isinstance(statement.audience, str) and isinstance(statement.nonce, str)
    if not texts or type(statement.time) is not int or not 0 < len(statement.nonce) <= _LONGEST_NONCE:
        raise NotRecognisedError("the proof's statement can't be read")
    return statement
