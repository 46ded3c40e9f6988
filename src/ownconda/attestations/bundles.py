"""Sigstore bundles: signed statements, and the array of them that lies beside a package (CEP 50).

- The bundle: https://docs.sigstore.dev/about/bundle/, version 0.3; its ``dsseEnvelope`` holds an in-toto Statement.
- What is signed: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
- The array: https://github.com/conda/ceps/blob/main/cep-0050.md
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ownconda.attestations.statements import Statement, read_statement

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MEDIA_TYPES = "application/vnd.dev.sigstore.bundle"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST = 100
"""Bundles of one package; each upload adds three at most."""


Sign = Callable[[bytes], Mapping[str, Any]]
"""What makes a bundle of a Statement's JSON: `signed_bundle` with a key, or `SigstoreSigner.sign`."""


class SigningKey(Protocol):
    """What signs: `ownconda.attestations.keys.PrivateKey`."""

    @property
    def public(self) -> "TrustedKey":
        """The key by which it is checked."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        ...


class TrustedKey(Protocol):
    """What checks signatures: `ownconda.attestations.keys.PublicKey`."""

    @property
    def id(self) -> str:
        """Its digest, by which it is found."""
        ...

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's, and of this message."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A signed statement as it came; ``key`` is the id of the key that it says it was signed with.

    It is empty for what was signed with a ``certificate`` (DER). ``element`` is the bundle's own JSON.
    """

    statement: Statement
    payload: bytes
    signatures: tuple[bytes, ...]
    key: str
    certificate: bytes
    element: Mapping[str, Any]

    def signer(self, trusted: Iterable[TrustedKey]) -> TrustedKey | None:
        """Give the trusted key that signed it; None when none of them did."""
        message = signed_bytes(self.payload)
        return next((key for key in trusted if any(key.signed(message, one) for one in self.signatures)), None)

    @property
    def claim(self) -> tuple[bytes, str, tuple[bytes, ...]]:
        """What makes two bundles the same: of one key, what it signs; of certificates, each is one of its own."""
        return self.payload, self.key, () if self.key else self.signatures


def signed_bundle(payload: bytes, key: SigningKey) -> dict[str, Any]:
    """Sign a Statement's JSON; gives the bundle, without an entry in a transparency log."""
    signature = key.sign(signed_bytes(payload))
    return {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": key.public.id}, "tlogEntries": []},  # some readers want the list
        "dsseEnvelope": {
            "payload": _text(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": _text(signature), "keyid": key.public.id}],
        },
    }


def signed_bytes(payload: bytes) -> bytes:
    """Give what a signature in a DSSE envelope is of: its pre-authentication encoding."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def read_bundles(content: bytes) -> tuple[Bundle, ...]:
    """Read an array of bundles. Raises ValueError that says what is wrong, and with which of them."""
    try:
        elements = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it isn't JSON: {error}") from error
    if not isinstance(elements, list) or not elements:
        raise ValueError("it isn't a JSON array of Sigstore bundles")
    return tuple(_numbered(number, element) for number, element in enumerate(elements))


def bundle_array(elements: Sequence[Mapping[str, Any]]) -> bytes:
    """Write an array of bundles."""
    return b"[" + b",".join(_compact(element) for element in elements) + b"]"


def joined(previous: bytes, more: bytes) -> bytes:
    """Append those of ``more`` that aren't there yet to an array of ours; what was there stays as it is, byte by byte.

    Raises ValueError when they would be too many.
    """
    known = {bundle.claim: None for bundle in read_bundles(previous)} if previous else {}
    added = {bundle.claim: bundle.element for bundle in read_bundles(more) if bundle.claim not in known}
    if len(known) + len(added) > MOST:
        raise ValueError(f"a package can have {MOST} attestations")
    if not added:
        return previous
    fresh = bundle_array(list(added.values()))
    return previous[:-1] + b"," + fresh[1:] if previous else fresh


def _numbered(number: int, element: object) -> Bundle:
    try:
        return _bundle(element)
    except ValueError as error:
        raise ValueError(f"[{number}]: {error}") from error


def _bundle(element: object) -> Bundle:
    fields = _object(element, "it")
    if not str(fields.get("mediaType", "")).startswith(MEDIA_TYPES):
        raise ValueError("it isn't a Sigstore bundle: its mediaType is another")
    material = _object(fields.get("verificationMaterial"), "verificationMaterial")
    envelope = _object(fields.get("dsseEnvelope"), "dsseEnvelope")
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise ValueError(f"dsseEnvelope.payloadType isn't {PAYLOAD_TYPE}")
    payload = _bytes(envelope.get("payload"), "dsseEnvelope.payload")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        raise ValueError("dsseEnvelope has no signatures")
    return Bundle(
        statement=read_statement(payload),
        payload=payload,
        signatures=tuple(_bytes(_object(one, "a signature").get("sig"), "sig") for one in signatures),
        key=_key(material),
        certificate=_certificate(material),
        element=fields,
    )


def _key(material: Mapping[str, Any]) -> str:
    if "publicKey" in material:
        hint = _object(material["publicKey"], "publicKey").get("hint")
        if not isinstance(hint, str) or not hint:
            raise ValueError("verificationMaterial.publicKey has no hint")
        return hint
    if not {"certificate", "x509CertificateChain"} & material.keys():
        raise ValueError("verificationMaterial has neither a publicKey nor a certificate")
    return ""


def _certificate(material: Mapping[str, Any]) -> bytes:
    """Give the certificate that signed; a chain, which bundles had before version 0.3, begins with it."""
    chain = material.get("x509CertificateChain")
    listed = chain.get("certificates") if isinstance(chain, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else material.get("certificate")
    return _bytes(first.get("rawBytes"), "the certificate") if isinstance(first, dict) else b""


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} isn't an object")  # noqa: TRY004  (it is the file that is wrong)
    return value


def _bytes(value: object, name: str) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except binascii.Error as error:
        raise ValueError(f"{name} isn't base64") from error


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
