"""A forge's authority on disk: its key, the certificates that it issued, and the list of those that it revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ownconda.access.certificates import (
    Issuer,
    issue,
    make_issuer,
    name_of,
    revocation,
    revocations,
    suitable_key,
)
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.files import exclusive_lock, write_atomically

PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Authority:
    """The places of an authority, below a folder that nobody else needs to read."""

    root: Path

    @property
    def certificate(self) -> Path:
        """What servers check clients' certificates by."""
        return self.root / "authority.pem"

    @property
    def key(self) -> Path:
        """What it signs with."""
        return self.root / "authority.key"

    @property
    def revoked(self) -> Path:
        """The list of revoked certificates (CRL)."""
        return self.root / "revoked.pem"

    @property
    def issued(self) -> Path:
        """All certificates that it ever issued, as ``<serial>.pem``."""
        return self.root / "issued"

    @property
    def lock(self) -> Path:
        """Held while it changes."""
        return self.root / "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A certificate that was issued, and whether it was revoked since."""

    certificate: x509.Certificate
    revoked: bool

    @property
    def name(self) -> str:
        """Whose it is."""
        return name_of(self.certificate)

    @property
    def ends(self) -> datetime:
        """When it expires."""
        return self.certificate.not_valid_after_utc

    def state(self, now: datetime) -> str:
        """Tell in a word whether it is good for anything."""
        if self.revoked:
            return "revoked"
        return "expired" if now > self.ends else "valid"


def create_authority(authority: Authority, now: datetime) -> None:
    """Make an authority. Raises WrongInputError where there is one."""
    authority.root.mkdir(mode=0o700, exist_ok=True)
    with exclusive_lock(authority.lock):
        if authority.key.exists() or authority.certificate.exists():
            hint = "its certificates hold as long as it is there"
            raise WrongInputError("there is an authority already", where=Where(file=authority.root), hint=hint)
        issuer = make_issuer(now)
        write_atomically(authority.revoked, _pem(revocations(issuer, (), number=1, now=now)))
        write_atomically(authority.key, private_pem(issuer.key), mode=PRIVATE)
        write_atomically(authority.certificate, _pem(issuer.certificate))


def enrol(
    authority: Authority, name: str, key: ec.EllipticCurvePublicKey, *, now: datetime, lasts: timedelta
) -> x509.Certificate:
    """Issue a certificate to somebody new. Raises WrongInputError where somebody of that name has a valid one."""
    with exclusive_lock(_there(authority).lock):
        if any(one.name == name and one.state(now) == "valid" for one in enrolments(authority)):
            hint = f"ownconda forge ca renew {name}, or revoke it first"
            raise WrongInputError(f"{name!r} has a certificate already", hint=hint)
        return _issued(authority, name, key, now, lasts)


def renew(authority: Authority, name: str, *, now: datetime, lasts: timedelta) -> x509.Certificate:
    """Issue a new certificate for the key that somebody has; the old one holds until it expires."""
    with exclusive_lock(_there(authority).lock):
        theirs = [one for one in _named(authority, name) if not one.revoked]
        if not theirs:
            hint = f"a new key is needed: ownconda forge ca enrol {name}"
            raise WrongInputError(f"the certificates of {name!r} were revoked", hint=hint)
        last = max(theirs, key=lambda one: one.ends)
        return _issued(authority, name, suitable_key(last.certificate.public_key()), now, lasts)


def revoke(authority: Authority, name: str, *, now: datetime) -> int:
    """Revoke all certificates of somebody, and tell how many they were."""
    with exclusive_lock(_there(authority).lock):
        going = [one for one in _named(authority, name) if not one.revoked]
        before = read_revoked(authority)
        entries = [*before, *(revocation(one.certificate.serial_number, now) for one in going)]
        number = before.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
        newer = revocations(_issuer(authority), entries, number=number, now=now)
        write_atomically(authority.revoked, _pem(newer))
    return len(going)


def enrolments(authority: Authority) -> Sequence[Enrolment]:
    """Give all that was issued, by name and the oldest first."""
    revoked = {one.serial_number for one in read_revoked(_there(authority))}
    found = [x509.load_pem_x509_certificate(path.read_bytes()) for path in authority.issued.glob("*.pem")]
    made = [Enrolment(certificate=one, revoked=one.serial_number in revoked) for one in found]
    return sorted(made, key=lambda one: (one.name, one.certificate.not_valid_before_utc))


def read_root(authority: Authority) -> x509.Certificate:
    """Read the authority's own certificate."""
    return x509.load_pem_x509_certificate(_read(authority.certificate))


def read_revoked(authority: Authority) -> x509.CertificateRevocationList:
    """Read the list of revoked certificates."""
    return x509.load_pem_x509_crl(_read(authority.revoked))


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Give a private key as a file has it, without a passphrase: machines use it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _issued(
    authority: Authority, name: str, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.Certificate:
    certificate = issue(_issuer(authority), name, key, now=now, lasts=lasts)
    write_atomically(authority.issued / f"{certificate.serial_number:x}.pem", _pem(certificate))
    return certificate


def _named(authority: Authority, name: str) -> Sequence[Enrolment]:
    found = [one for one in enrolments(authority) if one.name == name]
    if not found:
        raise WrongInputError(f"{name!r} has no certificate", hint="`ownconda forge ca list` lists them")
    return found


def _issuer(authority: Authority) -> Issuer:
    key = load_pem_private_key(_read(authority.key), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongInputError("isn't the authority's key", where=Where(file=authority.key))
    return Issuer(certificate=read_root(authority), key=key)


def _there(authority: Authority) -> Authority:
    if not authority.certificate.exists():
        hint = "make one: ownconda forge ca init"
        raise WrongInputError("this forge has no authority", where=Where(file=authority.root), hint=hint)
    return authority


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=path)) from error


def _pem(made: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return made.public_bytes(Encoding.PEM)
