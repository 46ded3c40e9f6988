"""Rekor made small, in both of its versions: logs of what was signed."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ownconda.attestations.bundles import signed_bytes

Json = dict[str, Any]
EcKey = ec.EllipticCurvePrivateKey


class RefusedError(Exception):
    """A request that a service refuses, with the status and what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def new_secret() -> EcKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed(key: EcKey, message: bytes) -> bytes:
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def public_der(key: EcKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: EcKey) -> bytes:
    return hashlib.sha256(public_der(key)).digest()


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def canonical(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@dataclass(slots=True, kw_only=True)
class Rekor:
    """What both versions have: a Merkle tree (RFC 6962, 2.1) of entries, whose root is signed.

    ``room`` is how many it takes until it is out of order.
    """

    key: EcKey = field(default_factory=new_secret)
    leaves: list[bytes] = field(default_factory=list)
    room: int = 1000
    lock: threading.Lock = field(default_factory=threading.Lock)

    def append(self, body: bytes) -> tuple[int, list[bytes], bytes, str]:
        """Add an entry; gives its index, its proof of inclusion, the root, and the checkpoint."""
        with self.lock:
            if len(self.leaves) >= self.room:
                raise RefusedError(503, "the log is out of order")
            self.leaves.append(hashlib.sha256(b"\0" + body).digest())
            index, root = len(self.leaves) - 1, tree(self.leaves)
            head = f"rekor.example\n{len(self.leaves)}\n{b64(root)}\n"
            signature = b64(key_id(self.key)[:4] + signed(self.key, head.encode()))
            checkpoint = f"{head}\n\N{EM DASH} rekor.example {signature}\n"
            return index, path(index, self.leaves), root, checkpoint


@dataclass(slots=True, kw_only=True)
class FirstRekor(Rekor):
    """Version 1: it takes envelopes, and promises each entry with the time."""

    def answer(self, asked: Json, _headers: Mapping[str, str]) -> Json:
        body = canonical(self._entry(asked))
        index, hashes_, root, checkpoint = self.append(body)
        now = int(datetime.now(UTC).timestamp())
        entry: Json = {"body": b64(body), "integratedTime": now, "logID": key_id(self.key).hex(), "logIndex": index}
        proof = {
            "checkpoint": checkpoint,
            "hashes": [one.hex() for one in hashes_],
            "logIndex": index,
            "rootHash": root.hex(),
            "treeSize": index + 1,
        }
        promise = b64(signed(self.key, canonical(entry)))
        return {f"{index:064x}": entry | {"verification": {"signedEntryTimestamp": promise, "inclusionProof": proof}}}

    def _entry(self, asked: Json) -> Json:
        """Take up an envelope whose signature holds."""
        proposed = asked["spec"]["proposedContent"]
        envelope, [verifier] = json.loads(proposed["envelope"]), proposed["verifiers"]
        payload, [signature] = base64.b64decode(envelope["payload"]), envelope["signatures"]
        key = public_key(x509.load_pem_x509_certificate(base64.b64decode(verifier)))
        key.verify(base64.b64decode(signature["sig"]), signed_bytes(payload), ec.ECDSA(hashes.SHA256()))
        return {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": digest(proposed["envelope"].encode()),
                "payloadHash": digest(payload),
                "signatures": [{"signature": signature["sig"], "verifier": verifier}],
            },
        }


@dataclass(slots=True, kw_only=True)
class SecondRekor(Rekor):
    """Version 2: it takes digests, and tells no time."""

    def answer(self, asked: Json, _headers: Mapping[str, str]) -> Json:
        body = canonical(self._entry(asked["hashedRekordRequestV002"]))
        index, hashes_, root, checkpoint = self.append(body)
        return {
            "logIndex": str(index),
            "logId": {"keyId": b64(key_id(self.key))},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "inclusionProof": {
                "logIndex": str(index),
                "rootHash": b64(root),
                "treeSize": str(index + 1),
                "hashes": [b64(one) for one in hashes_],
                "checkpoint": {"envelope": checkpoint},
            },
            "canonicalizedBody": b64(body),
        }

    def _entry(self, asked: Json) -> Json:
        """Take up a digest whose signature holds."""
        certificate = base64.b64decode(asked["signature"]["verifier"]["x509Certificate"]["rawBytes"])
        key, content = public_key(x509.load_der_x509_certificate(certificate)), asked["signature"]["content"]
        of = base64.b64decode(asked["digest"])
        key.verify(base64.b64decode(content), of, ec.ECDSA(Prehashed(hashes.SHA256())))
        data = {"algorithm": "SHA2_256", "digest": asked["digest"]}
        return {
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": {"hashedRekordV002": {"data": data, "signature": asked["signature"]}},
        }


def public_key(certificate: x509.Certificate | x509.CertificateSigningRequest) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def digest(content: bytes) -> Json:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    left = split(leaves)
    return hashlib.sha256(b"\1" + tree(leaves[:left]) + tree(leaves[left:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    left = split(leaves)
    if index < left:
        return [*path(index, leaves[:left]), tree(leaves[left:])]
    return [*path(index - left, leaves[left:]), tree(leaves[:left])]


def split(leaves: list[bytes]) -> int:
    """Give the largest power of two that is less than their number."""
    return 1 << (len(leaves) - 1).bit_length() - 1
