"""Certificates of clients: what the authority issues, and what a forge takes for one of its."""

import base64
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from certifying import NOW, YEAR, certified, escaped, new_authority, new_key, odd_certificate
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from ownconda.access.authority import Authority, create_authority, enrol, enrolments, read_root, renew, revoke
from ownconda.access.certificates import suitable_key
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.identities.certificates import CertificateIdentity
from ownconda.errors import WrongInputError


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return new_authority(tmp_path / "authority")


def recognised(
    authority: Authority, certificate: x509.Certificate, *, after: timedelta = timedelta()
) -> frozenset[str]:
    identity = CertificateIdentity(authority, lambda: round((NOW + after).timestamp() * 1000))
    caller = identity.recognise(Presented(certificate=escaped(certificate), address="192.0.2.7"))
    assert caller is not None
    assert caller.address == "192.0.2.7"
    return caller.principals


def test_a_certificate_stands_for_the_name_that_it_was_issued_to(authority: Authority) -> None:
    assert recognised(authority, certified(authority, "build-7")) == {"certificate:build-7"}
    assert CertificateIdentity(authority, lambda: 0).recognise(Presented(token="own-1")) is None


def test_an_expired_one_and_one_of_later_are_refused(authority: Authority) -> None:
    certificate = certified(authority, "build-7", lasts=timedelta(days=10))
    assert recognised(authority, certificate, after=timedelta(days=10)) == {"certificate:build-7"}
    with pytest.raises(NotRecognisedError, match="expired on 2026-11-30"):
        recognised(authority, certificate, after=timedelta(days=10, seconds=1))
    with pytest.raises(NotRecognisedError, match="isn't valid before 2026-11-20"):
        recognised(authority, certificate, after=-timedelta(minutes=6))


def test_a_revoked_one_is_refused_at_once_and_the_others_are_not(authority: Authority) -> None:
    one, other = certified(authority, "build-7"), certified(authority, "build-8")
    assert recognised(authority, one)
    assert revoke(authority, "build-7", now=NOW) == 1
    with pytest.raises(NotRecognisedError, match="was revoked"):
        recognised(authority, one)
    assert revoke(authority, "build-8", now=NOW) == 1
    for certificate in (one, other):
        with pytest.raises(NotRecognisedError, match="was revoked"):
            recognised(authority, certificate)


def test_one_of_another_authority_is_refused_whatever_it_says(authority: Authority, tmp_path: Path) -> None:
    stranger = new_authority(tmp_path / "another")
    with pytest.raises(NotRecognisedError, match="isn't a client's, of this forge's authority"):
        recognised(authority, certified(stranger, "build-7"))


@pytest.mark.parametrize(("ca", "purpose"), [(True, "CLIENT_AUTH"), (False, "SERVER_AUTH"), (False, "OCSP_SIGNING")])
def test_what_is_no_clients_is_refused_although_our_key_signed_it(
    authority: Authority, *, ca: bool, purpose: str
) -> None:
    assert recognised(authority, odd_certificate(authority))
    with pytest.raises(NotRecognisedError, match="isn't a client's"):
        recognised(authority, odd_certificate(authority, ca=ca, purpose=getattr(ExtendedKeyUsageOID, purpose)))


def test_the_authoritys_own_certificate_is_nobodys(authority: Authority) -> None:
    with pytest.raises(NotRecognisedError, match="isn't a client's"):
        recognised(authority, read_root(authority))


def test_a_changed_certificate_and_a_foreign_list_of_revoked_ones_are_refused(
    authority: Authority, tmp_path: Path
) -> None:
    certificate = certified(authority, "build-7")
    changed = escaped(certificate).replace("%3D%0A-----END", "%0A-----END")
    identity = CertificateIdentity(authority, lambda: round(NOW.timestamp() * 1000))
    encoded = certificate.public_bytes(Encoding.DER)
    later = base64.b64encode(encoded.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07")).decode()
    for text in (later, changed[:-60], "-----BEGIN CERTIFICATE-----", "CN=build-7", "AAAA"):
        with pytest.raises(NotRecognisedError, match="isn't a certificate"):
            identity.recognise(Presented(certificate=text))
    authority.revoked.write_bytes(new_authority(tmp_path / "another").revoked.read_bytes())
    with pytest.raises(NotRecognisedError, match="isn't its authority's"):
        recognised(authority, certificate)


def test_what_is_issued_says_what_it_is_for(authority: Authority) -> None:
    extensions = certified(authority, "build-7").extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["build-7"]
    own = read_root(authority).extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own.digest


def test_a_name_has_one_valid_certificate_and_is_renewed_with_its_key(authority: Authority) -> None:
    first = certified(authority, "build-7")
    with pytest.raises(WrongInputError, match="has a certificate already"):
        certified(authority, "build-7")
    second = renew(authority, "build-7", now=NOW + timedelta(days=300), lasts=YEAR)
    assert second.public_key() == first.public_key()
    assert recognised(authority, second, after=timedelta(days=400)) == {"certificate:build-7"}
    assert revoke(authority, "build-7", now=NOW) == 2
    with pytest.raises(WrongInputError, match="were revoked"):
        renew(authority, "build-7", now=NOW, lasts=YEAR)
    third = certified(authority, "build-7")
    assert [one.state(NOW) for one in enrolments(authority)].count("valid") == 1
    assert recognised(authority, third) == {"certificate:build-7"}


def test_nothing_outlives_the_authority(authority: Authority) -> None:
    certificate = certified(authority, "build-7", lasts=timedelta(days=40 * 365))
    assert certificate.not_valid_after_utc == read_root(authority).not_valid_after_utc


def test_private_keys_are_for_their_owner_alone_and_an_authority_is_made_once(authority: Authority) -> None:
    assert stat.S_IMODE(authority.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.root.stat().st_mode) == 0o700
    before = authority.key.read_bytes()
    with pytest.raises(WrongInputError, match="there is an authority already"):
        create_authority(authority, NOW)
    assert authority.key.read_bytes() == before


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "*", "build_7", "a" * 64, "ann\n"])
def test_a_name_that_rules_could_misread_is_refused(authority: Authority, name: str) -> None:
    with pytest.raises(WrongInputError, match="can't be a certificate's name"):
        enrol(authority, name, new_key().public_key(), now=NOW, lasts=YEAR)
    assert enrolments(authority) == []


def test_a_key_of_another_kind_is_not_certified() -> None:
    with pytest.raises(WrongInputError, match="isn't an elliptic curve's"):
        suitable_key(ed25519.Ed25519PrivateKey.generate().public_key())
