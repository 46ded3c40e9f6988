"""Certificates of clients, issued by one authority (RFC 5280): made, revoked, checked. Nothing here touches a disk."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from ownconda.access.identities import NotRecognisedError
from ownconda.errors import WrongInputError

CURVE = ec.SECP256R1()
AUTHORITY_LASTS = timedelta(days=20 * 365)
CLOCKS_DIFFER = timedelta(minutes=5)

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_CURVE_NAMES = "P-256, P-384 or P-521"
_HINT = "ask the forge's operator for another one: ownconda forge ca renew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authority: what everybody may see of it, and the key that it signs with."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_issuer(now: datetime) -> Issuer:
    """Make an authority that trusts itself, and can't delegate."""
    key = ec.generate_private_key(CURVE)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _named(f"ownconda forge authority {identifier.digest.hex()[:8]}")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = _begun(name, name, key.public_key(), now, now + AUTHORITY_LASTS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True).add_extension(identifier, critical=False)
    return Issuer(certificate=builder.sign(key, hashes.SHA256()), key=key)


def issue(
    issuer: Issuer, name: str, key: ec.EllipticCurvePublicKey, *, now: datetime, lasts: timedelta
) -> x509.Certificate:
    """Certify that a key is of somebody who is called so, as a client. Raises WrongInputError for an odd name."""
    if not _NAME.fullmatch(name):
        hint = "up to 63 letters, digits, dots and hyphens, such as build-7"
        raise WrongInputError(f"{name!r} can't be a certificate's name", hint=hint)
    ends = min(now + lasts, issuer.certificate.not_valid_after_utc)
    builder = _begun(_named(name), issuer.certificate.subject, key, now, ends)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.SubjectAlternativeName([x509.DNSName(name)]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (_authority_identifier(issuer), False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.key, hashes.SHA256())


def revocations(
    issuer: Issuer, revoked: Iterable[x509.RevokedCertificate], *, number: int, now: datetime
) -> x509.CertificateRevocationList:
    """Make the list of revoked certificates.

    It lasts as long as the authority: web servers refuse everybody when theirs is out of date.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(issuer.certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_authority_identifier(issuer), critical=False)
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(one)
    return builder.sign(issuer.key, hashes.SHA256())


def revocation(serial: int, now: datetime) -> x509.RevokedCertificate:
    """Make an entry of that list."""
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()


def read_certificate(data: bytes) -> x509.Certificate:
    """Read a certificate that somebody sent, in PEM or DER. Raises NotRecognisedError where it is none."""
    load = x509.load_pem_x509_certificate if data.startswith(b"-----BEGIN") else x509.load_der_x509_certificate
    try:
        certificate = load(data)
    except (ValueError, x509.InvalidVersion) as error:
        raise NotRecognisedError("what was sent isn't a certificate") from error
    if certificate.serial_number <= 0:  # no list of revoked ones could name it
        raise NotRecognisedError("what was sent isn't a certificate")
    return certificate


def check(
    certificate: x509.Certificate,
    root: x509.Certificate,
    revoked: x509.CertificateRevocationList,
    now: datetime,
) -> str:
    """Check a client's certificate, and give the name that it certifies. Raises NotRecognisedError."""
    if not revoked.is_signature_valid(_public(root)):
        raise NotRecognisedError("this forge's list of revoked certificates isn't its authority's")
    if revoked.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise NotRecognisedError("the certificate was revoked", hint=_HINT)
    if now > certificate.not_valid_after_utc:
        raise NotRecognisedError(f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}", hint=_HINT)
    if now < certificate.not_valid_before_utc:
        begins = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        raise NotRecognisedError(f"the certificate isn't valid before {begins}", hint="look at the clocks")
    verifier = PolicyBuilder().store(Store([root])).time(now).max_chain_depth(0).build_client_verifier()
    try:
        verifier.verify(certificate, [])
    except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
        raise NotRecognisedError("the certificate isn't a client's, of this forge's authority", hint=_HINT) from error
    return name_of(certificate)


def name_of(certificate: x509.Certificate) -> str:
    """Give the name that a certificate of ours certifies."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def suitable_key(key: object) -> ec.EllipticCurvePublicKey:
    """Give a key that can be certified. Raises WrongInputError for any other kind."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    hint = "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    raise WrongInputError(f"the key isn't an elliptic curve's, {_CURVE_NAMES}", hint=hint)


def key_of_request(data: bytes) -> ec.EllipticCurvePublicKey:
    """Give the key that a request (PKCS #10, in PEM) is about, whose sender holds it. Raises WrongInputError."""
    try:
        request = x509.load_pem_x509_csr(data)
        sound = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        hint = "openssl req -new -key KEY -subj /CN=NAME writes one"
        raise WrongInputError("isn't a certificate signing request in PEM", hint=hint) from error
    if not sound:
        raise WrongInputError("the request isn't signed by the key that it is about")
    return suitable_key(key)


def _public(root: x509.Certificate) -> ec.EllipticCurvePublicKey:
    return suitable_key(root.public_key())


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(ends.astimezone(UTC))
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority_identifier(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    subject = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
