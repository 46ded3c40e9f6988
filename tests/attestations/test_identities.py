from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore_at_home import ISSUER, JOB, der, fulcio_extension
from sigstore_logs import new_secret

from ownconda.attestations.identities import Identity, identity_in

NAME = x509.UniformResourceIdentifier(JOB)
WHO = Identity(name=JOB, issuer=ISSUER)


def certificate(*extensions: x509.ExtensionType) -> bytes:
    key, now = new_secret(), datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=x509.Name([]),
        subject_name=x509.Name([]),
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=now,
        not_valid_after=now + timedelta(minutes=10),
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def names(*listed: x509.GeneralName) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(listed)


@pytest.mark.parametrize(
    "issuer", [fulcio_extension(8, der(0x0C, ISSUER.encode())), fulcio_extension(1, ISSUER.encode())]
)
def test_a_certificate_names_an_identity_and_who_vouched_for_it(issuer: x509.UnrecognizedExtension) -> None:
    assert identity_in(certificate(names(NAME), issuer)) == WHO


def test_an_issuer_may_have_a_long_address() -> None:
    long = f"{ISSUER}/{'a' * 150}"
    found = identity_in(certificate(names(NAME), fulcio_extension(8, der(0x0C, long.encode()))))
    assert found == Identity(name=JOB, issuer=long)


def test_people_have_addresses_of_mail() -> None:
    found = identity_in(certificate(names(x509.RFC822Name("me@example.org")), fulcio_extension(1, ISSUER.encode())))
    assert str(found) == f"me@example.org (of {ISSUER})"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"rubbish",
        certificate(),
        certificate(names(NAME)),
        certificate(fulcio_extension(1, ISSUER.encode())),
        certificate(names(NAME, NAME), fulcio_extension(1, ISSUER.encode())),
        certificate(names(NAME), fulcio_extension(8, ISSUER.encode())),
        certificate(names(NAME), fulcio_extension(8, der(0x0C, ISSUER.encode()) + b"more")),
        certificate(names(NAME), fulcio_extension(8, der(0x0C, b"\xff\xfe"))),
        certificate(names(NAME), fulcio_extension(8, b"")),
    ],
)
def test_what_names_no_one_identity_is_nobodys(content: bytes) -> None:
    assert identity_in(content) is None
