"""Keys that sign and keys that are trusted: Ed25519 and ECDSA, in PEM files as openssl writes them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ownconda.errors import OutsideError, Where, WrongInputError

HOW_TO_MAKE = "make one: openssl genpkey -algorithm ed25519 -out key.pem"

_HASHES = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512()}
"""Curves, each with the hash that goes with it (FIPS 186-5, and Sigstore's registry of algorithms)."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs."""

    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @property
    def public(self) -> "PublicKey":
        """The key by which others check what this one signed."""
        return PublicKey(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(message)
        return self.key.sign(message, ec.ECDSA(_HASHES[self.key.curve.name]))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures."""

    key: Ed25519PublicKey | ec.EllipticCurvePublicKey

    @property
    def id(self) -> str:
        """The sha256 of the key in DER: what ``openssl pkey -pubin -outform DER | sha256sum`` prints."""
        return hashlib.sha256(self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's, and of this message."""
        try:
            if isinstance(self.key, Ed25519PublicKey):
                self.key.verify(signature, message)
            else:
                self.key.verify(signature, message, ec.ECDSA(_HASHES[self.key.curve.name]))
        except InvalidSignature:
            return False
        return True


def load_private_key(path: Path, passphrase: str = "") -> PrivateKey:
    """Load a key to sign with.

    Raises OutsideError when the file can't be read, WrongInputError when it holds no such key or needs another
    passphrase.
    """
    content = _read(path)
    try:
        key = load_pem_private_key(content, passphrase.encode() or None)
    except TypeError as error:  # what cryptography raises for a passphrase that is missing or isn't needed
        hint = "set OWNCONDA_SIGNING_PASSPHRASE, or unset it for a key without one"
        raise WrongInputError(f"the key can't be opened: {error}", where=Where(file=path), hint=hint) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key("private", path) from error
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _HASHES
    ):
        return PrivateKey(key)
    raise _unsuitable(path)


def load_public_keys(paths: Iterable[Path]) -> tuple[PublicKey, ...]:
    """Load the keys that are trusted. Raises as `load_private_key`."""
    return tuple(_load_public_key(path) for path in paths)


def _load_public_key(path: Path) -> PublicKey:
    content = _read(path)
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key("public", path) from error
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _HASHES):
        return PublicKey(key)
    raise _unsuitable(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideError(f"the key can't be read: {error.strerror}", where=Where(file=path)) from error


def _no_key(kind: str, path: Path) -> WrongInputError:
    hints = {"private": HOW_TO_MAKE, "public": "take it from the private one: openssl pkey -in key.pem -pubout"}
    return WrongInputError(f"isn't a {kind} key in PEM", where=Where(file=path), hint=hints[kind])


def _unsuitable(path: Path) -> WrongInputError:
    what = "isn't an Ed25519 key, nor an ECDSA key on P-256, P-384 or P-521"
    return WrongInputError(what, where=Where(file=path), hint=HOW_TO_MAKE)
