"""Keys, and signed claims about packages, as a build and an upload make them."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ownconda.attestations.keys import PrivateKey, load_private_key
from ownconda.attestations.statements import PROVENANCE, Statement, Subject
from ownconda.wires.files import sha256_of


def new_key(folder: Path, name: str = "key", *, curve: ec.EllipticCurve | None = None, passphrase: str = "") -> Path:
    """Write a private key, and beside it the public one (``.pub``)."""
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate() if curve is None else ec.generate_private_key(curve)
    locked = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
    return path


def private_key(folder: Path, name: str = "key") -> PrivateKey:
    return load_private_key(new_key(folder, name))


def subject_of(package: Path) -> Subject:
    return Subject(name=package.name, sha256=sha256_of(package))


def claimed_provenance(subject: Subject, builder: str = "https://builder.example") -> Statement:
    """Make a small statement of provenance."""
    predicate = {"buildDefinition": {}, "runDetails": {"builder": {"id": builder}}}
    return Statement(subject=subject, predicate_type=PROVENANCE, predicate=predicate)
