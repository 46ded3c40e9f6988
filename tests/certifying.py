"""An authority made small, and certificates that it would never issue."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ownconda.access.authority import Authority, create_authority, enrol

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(root: Path, now: datetime = NOW) -> Authority:
    authority = Authority(root)
    create_authority(authority, now)
    return authority


def certified(authority: Authority, name: str, now: datetime = NOW, lasts: timedelta = YEAR) -> x509.Certificate:
    return enrol(authority, name, new_key().public_key(), now=now, lasts=lasts)


def escaped(certificate: x509.Certificate) -> str:
    """Give a certificate as nginx passes it on."""
    return quote(certificate.public_bytes(Encoding.PEM).decode())


def odd_certificate(
    authority: Authority, *, ca: bool = False, purpose: ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH
) -> x509.Certificate:
    """Let the authority's own key sign what is no client's certificate."""
    root = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    signer = load_pem_private_key(authority.key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = new_key().public_key()
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "build-7")]))
        .issuer_name(root.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("build-7")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False)
        .sign(signer, hashes.SHA256())
    )
