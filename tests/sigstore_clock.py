"""An authority of time stamps (RFC 3161) made small: openssl behind HTTP."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sigstore_logs import RefusedError

CONFIG = """
[tsa]
default_tsa = clock
[clock]
serial = {folder}/serial
signer_cert = {folder}/clock.pem
signer_key = {folder}/clock.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.57264.2
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass(slots=True, kw_only=True)
class Clock:
    """Stamps what it is sent. ``chain`` is its certificate and the one above, in DER."""

    folder: Path
    stopped: bool = False
    chain: tuple[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "openssl.cnf").write_text(CONFIG.format(folder=self.folder))
        (self.folder / "serial").write_text("01")
        above, below = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = certificate("root", above, "root", above)
        leaf = certificate("clock", below, "root", above)
        secret = below.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "clock.key").write_bytes(secret)
        (self.folder / "clock.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
        self.chain = leaf.public_bytes(Encoding.DER), root.public_bytes(Encoding.DER)

    def answer(self, asked: bytes, _headers: Mapping[str, str]) -> bytes:
        if self.stopped:
            raise RefusedError(503, "the clock has stopped")
        (self.folder / "query").write_bytes(asked)
        words = ["-config", str(self.folder / "openssl.cnf"), "-queryfile", str(self.folder / "query")]
        done = subprocess.run(["openssl", "ts", "-reply", *words], capture_output=True, check=True)
        return done.stdout


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, above: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now, is_authority = datetime.now(UTC), name == issuer
    builder = x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    ).add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    if not is_authority:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(above, hashes.SHA256())
