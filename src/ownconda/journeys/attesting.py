"""What is claimed of packages, gathered on disk or from a channel, and checked against those who are trusted."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from ownconda.attestations.bundles import Bundle, TrustedKey, read_bundles
from ownconda.attestations.identities import Identity, identity_in
from ownconda.attestations.sidecars import LARGEST, SUFFIXES, sbom_subject
from ownconda.attestations.statements import (
    PROVENANCE,
    SPDX,
    Statement,
    Subject,
    read_object,
    read_statement,
)
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.fetching import read_if_there, sha256_at
from ownconda.wires.files import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What there is of one package: its name and sha256, the statements that lie beside it, and the signed ones."""

    place: str
    subject: Subject
    unsigned: tuple[Statement, ...]
    signed: tuple[Bundle, ...]

    @property
    def provenance(self) -> Statement | None:
        """How it was made, whoever says so; a signed statement goes first."""
        claims = (*(bundle.statement for bundle in self.signed), *self.unsigned)
        return next((one for one in claims if one.predicate_type == PROVENANCE), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who is trusted: keys, and identities.

    ``what_is_wrong`` judges a bundle signed with a certificate: why it isn't proved to be a trusted identity's,
    nothing when it is.
    """

    keys: Sequence[TrustedKey] = ()
    identities: Collection[Identity] = ()
    what_is_wrong: Callable[[Bundle, Identity], str]


NOBODY = Trust(what_is_wrong=lambda _bundle, _identity: "there is nothing to verify it with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One claim, judged: who says that they signed it, whether they are trusted and did, and what is wrong with it.

    ``signed_by`` is the id of a key, or the ``identity`` that a certificate names; ``key`` is that of the trusted key
    that signed it.
    """

    statement: Statement
    signed_by: str = ""
    key: str = ""
    identity: Identity | None = None
    trusted: bool = False
    problem: str = ""


def evidence_on_disk(package: Path) -> Evidence:
    """Gather what lies beside a package file.

    Raises WrongInputError for a file that isn't there, or when something beside it isn't what its name says, and
    OutsideError for one that can't be read.
    """
    if not package.is_file():
        raise WrongInputError("there is no such package", where=Where(file=package))
    try:
        digest = sha256_of(package)
    except OSError as error:
        raise _unreadable(package, error) from error
    subject = Subject(name=package.name, sha256=digest)
    return evidence_of(str(package), subject, lambda suffix: _read(Path(f"{package}{suffix}")))


def evidence_at(url: str, session: requests.Session) -> Evidence:
    """Gather what a channel has of the package of this address, which is fetched to know its digest.

    Raises OutsideError when it can't be reached or isn't there, otherwise as `evidence_on_disk`.
    """
    sha256 = sha256_at(url, session)
    if sha256 is None:
        raise WrongInputError("there is no such package", where=Where(file=url))
    subject = Subject(name=url.rpartition("/")[2], sha256=sha256)
    return evidence_of(url, subject, lambda suffix: read_if_there(url + suffix, session, largest=LARGEST) or b"")


def evidence_of(place: str, subject: Subject, read: Callable[[str], bytes]) -> Evidence:
    """Gather what lies beside a package; ``read`` gives the content of a sidecar by how its name ends, or nothing.

    Raises WrongInputError when something isn't what its name says.
    """
    unsigned: list[Statement] = []
    signed: tuple[Bundle, ...] = ()
    for kind, suffix in SUFFIXES.items():
        content = read(suffix)
        try:
            if content and kind == "signatures":
                signed = read_bundles(content)
            elif content:
                unsigned.append(_statement(kind, content))
        except ValueError as error:
            raise WrongInputError(f"can't be read: {error}", where=Where(file=place + suffix)) from error
    return Evidence(place=place, subject=subject, unsigned=tuple(unsigned), signed=signed)


def check(evidence: Evidence, trust: Trust) -> tuple[Checked, ...]:
    """Judge every claim: whether it is about this package, and whether somebody trusted has signed it.

    What is signed by others is no problem, it just doesn't count; what is signed isn't told again as unsigned.
    """
    signed = [_judged(evidence, bundle, trust) for bundle in evidence.signed]
    claimed = [one.statement for one in signed]
    unsigned = [
        Checked(statement=statement, problem=_stray(evidence, statement))
        for statement in evidence.unsigned
        if statement not in claimed
    ]
    return (*signed, *unsigned)


def is_verified(checked: Sequence[Checked], *, channel: str = "") -> bool:
    """Tell whether somebody trusted has signed something, nothing is wrong, and the ``channel`` asked for is named."""
    trusted = [one.statement for one in checked if one.trusted]
    named = {statement.target_channel for statement in trusted}
    return bool(trusted) and not any(one.problem for one in checked) and (not channel or channel.rstrip("/") in named)


def signer_of(bundle: Bundle) -> str:
    """Tell who a bundle says has signed it: the id of a key, or an identity. Nothing is verified."""
    return bundle.key or str(identity_in(bundle.certificate) or "a certificate that can't be read")


def _judged(evidence: Evidence, bundle: Bundle, trust: Trust) -> Checked:
    judged = _judged_by_key(bundle, trust) if bundle.key else _judged_by_certificate(bundle, trust)
    return replace(judged, problem=_stray(evidence, bundle.statement) or judged.problem)


def _judged_by_key(bundle: Bundle, trust: Trust) -> Checked:
    signer = bundle.signer(trust.keys)
    changed = signer is None and any(key.id == bundle.key for key in trust.keys)
    return Checked(
        statement=bundle.statement,
        signed_by=signer_of(bundle),
        key="" if signer is None else signer.id,
        trusted=signer is not None,
        problem="its signature isn't of what it says: one of them was changed" if changed else "",
    )


def _judged_by_certificate(bundle: Bundle, trust: Trust) -> Checked:
    """Verify what says that it is a trusted identity's; what others have signed isn't looked at any closer."""
    identity = identity_in(bundle.certificate)
    known = identity is not None and identity in trust.identities
    problem = trust.what_is_wrong(bundle, identity) if identity and known else ""
    return Checked(
        statement=bundle.statement,
        signed_by=signer_of(bundle),
        identity=identity,
        trusted=known and not problem,
        problem=problem,
    )


def _stray(evidence: Evidence, statement: Statement) -> str:
    subject = statement.subject
    if subject.name != evidence.subject.name:
        return f"it is about {subject.name}"
    if subject.sha256 != evidence.subject.sha256:
        return f"it is about contents with the sha256 {subject.sha256}, the package's is {evidence.subject.sha256}"
    return ""


def _statement(kind: str, content: bytes) -> Statement:
    """Read a sidecar that is one claim; an SPDX document becomes what a statement says."""
    if kind != "sbom":
        return read_statement(content)
    document = read_object(content)
    return Statement(subject=sbom_subject(document), predicate_type=SPDX, predicate=document)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> OutsideError:
    return OutsideError(f"can't be read: {error.strerror}", where=Where(file=file))
