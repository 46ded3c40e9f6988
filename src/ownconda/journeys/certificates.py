"""Certificates of clients: enrolled with their keys, revoked with their tokens, exchanged for a token."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ownconda.access.authority import (
    Authority,
    Enrolment,
    create_authority,
    enrol,
    enrolments,
    private_pem,
    renew,
    revoke,
)
from ownconda.access.certificates import CURVE, key_of_request
from ownconda.access.proofs import prove
from ownconda.access.token_table import TokenTable
from ownconda.attestations.keys import load_private_key
from ownconda.channels.folder import forge_folder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.ledger.schema import no_forge
from ownconda.channels.opening import checked_place
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.files import write_new

PRIVATE = 0o600


def authority_of(folder: Path) -> Authority:
    """Give the place of a forge's authority. Raises WrongInputError where there is no forge."""
    forge = forge_folder(folder.absolute())
    if not forge.is_there:
        raise no_forge(forge.ledger)
    return Authority(forge.authority)


def begin_authority(folder: Path) -> Path:
    """Make a forge's authority, and give the file of its certificate."""
    authority = authority_of(folder)
    create_authority(authority, _now())
    return authority.certificate


def enrol_with_new_key(folder: Path, name: str, *, days: int, certificate: Path, key: Path) -> None:
    """Make a key, have it certified, and write both, the key for its owner alone; neither file may be there yet."""
    _check_new(certificate, key)
    made = ec.generate_private_key(CURVE)
    issued = enrol(authority_of(folder), name, made.public_key(), now=_now(), lasts=timedelta(days=days))
    write_new(key, private_pem(made), mode=PRIVATE)
    write_new(certificate, _pem(issued))


def enrol_request(folder: Path, name: str, request: Path, *, days: int, certificate: Path) -> None:
    """Have the key of a request certified, and write the certificate, whose file may not be there yet."""
    _check_new(certificate)
    try:
        key = key_of_request(_read(request))
    except WrongInputError as error:
        raise WrongInputError(str(error), where=Where(file=request), hint=error.problems[0].hint) from error
    issued = enrol(authority_of(folder), name, key, now=_now(), lasts=timedelta(days=days))
    write_new(certificate, _pem(issued))


def renewed(folder: Path, name: str, *, days: int) -> bytes:
    """Renew the certificate of somebody for the key that they have, and give it in PEM."""
    return _pem(renew(authority_of(folder), name, now=_now(), lasts=timedelta(days=days)))


def revoke_with_tokens(folder: Path, name: str, *, database: str = "") -> tuple[int, int]:
    """Revoke somebody's certificates, and the tokens that they were exchanged for; give how many of each."""
    many = revoke(authority_of(folder), name, now=_now())
    ledger = open_ledger(checked_place(forge_folder(folder.absolute(), database)).ledger_place)
    try:
        tokens = TokenTable(ledger.engine)
        theirs = [one.sha256 for one in tokens.all() if f"certificate:{name}" in one.principals]
        tokens.revoke(theirs)
    finally:
        ledger.close()
    return many, len(theirs)


def enrolled(folder: Path) -> list[tuple[Enrolment, str]]:
    """Give all certificates that were ever issued, each with its state."""
    now = _now()
    return [(one, one.state(now)) for one in enrolments(authority_of(folder))]


def proof_for(url: str, certificate: Path, key: Path) -> Mapping[str, str]:
    """Prove to the forge at an address that one holds a certificate's key. Raises WrongInputError, OutsideError."""
    try:
        shown = x509.load_pem_x509_certificate(_read(certificate))
    except ValueError as error:
        raise WrongInputError("isn't a certificate in PEM", where=Where(file=certificate)) from error
    return prove(shown, load_private_key(key), audience=url, at=int(_now().timestamp()))


def _check_new(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise WrongInputError("is there already", where=Where(file=path), hint="choose another name: -o FILE")


def _now() -> datetime:
    return datetime.now(UTC)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=path)) from error


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
