"""Media: what is carried from forge to forge as files, named in a signed manifest.

The bytes of all files, one after the other, are cut into parts. The manifest tells what comes in which order, and the
sha256 of each file and each part; beside it lies its signature.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ownconda.attestations.bundles import SigningKey, TrustedKey, bundle_array, read_bundles, signed_bundle
from ownconda.attestations.statements import Statement, Subject
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import write_atomically

FORMAT = 1
MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.sigs"
CLAIM = "urn:ownconda:carried:1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
HISTORY, PACKAGES = "history", "packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes that are carried."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the media."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What media hold: a stretch of ``history`` that begins after ``since``, or ``packages``.

    Which, the ``document`` tells, the first of the pieces. ``made`` is in milliseconds since 1970, ``source`` the
    address of the forge that it comes from.
    """

    kind: str
    made: int
    source: str
    since: int
    newest: int
    channels: tuple[str, ...]
    document: Piece
    files: tuple[Piece, ...]
    parts: tuple[Part, ...]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All that the parts hold, in its order."""
        return (self.document, *self.files)


def write_manifest(folder: Path, manifest: Manifest, key: SigningKey) -> None:
    """Write a manifest, and its signature first. Raises OutsideError when the disk refuses."""
    content = json.dumps({"format": FORMAT} | asdict(manifest), indent=1).encode()
    subject = Subject(name=MANIFEST, sha256=hashlib.sha256(content).hexdigest())
    claim = Statement(subject=subject, predicate_type=CLAIM, predicate=None)
    write_atomically(folder / SIGNATURE, bundle_array([signed_bundle(claim.json, key)]))
    write_atomically(folder / MANIFEST, content)


def read_manifest(folder: Path, trusted: Sequence[TrustedKey]) -> Manifest:
    """Read a manifest that one of the trusted keys signed. Raises WrongInputError."""
    return signed_manifest(*read_signed(folder), trusted, place=folder)


def read_signed(folder: Path) -> tuple[bytes, bytes]:
    """Read a manifest and its signature, as they lie there. Raises WrongInputError."""
    content = _read(folder / MANIFEST, hint="`ownconda channel export` writes one last: is the export complete?")
    signature = _read(folder / SIGNATURE, hint="media without a signature aren't taken: export with signing.key set")
    return content, signature


def signed_manifest(content: bytes, signature: bytes, trusted: Sequence[TrustedKey], *, place: Path | str) -> Manifest:
    """Read a manifest that one of the trusted keys signed; ``place`` is where it lies. Raises WrongInputError."""
    _check_signature(f"{place}/{SIGNATURE}", signature, hashlib.sha256(content).hexdigest(), trusted)
    try:
        return _manifest(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "use the version of ownconda that made it, or a newer one"
        raise WrongInputError(f"can't be read: {error}", where=Where(file=f"{place}/{MANIFEST}"), hint=hint) from error


def _check_signature(place: str, content: bytes, sha256: str, trusted: Sequence[TrustedKey]) -> None:
    where = Where(file=place)
    if not trusted:
        hint = "set signing.trusted_keys to the public key of who exports"
        raise WrongInputError("no key is trusted, so nobody can be believed", where=where, hint=hint)
    try:
        bundles = read_bundles(content)
    except ValueError as error:
        raise WrongInputError(f"isn't a signature: {error}", where=where) from error
    ours = [one for one in bundles if one.signer(trusted) is not None]
    if not ours:
        hint = "see signing.trusted_keys, and ask where the media come from"
        raise WrongInputError("no trusted key signed it", where=where, hint=hint)
    if not any(one.statement.predicate_type == CLAIM and one.statement.subject.sha256 == sha256 for one in ours):
        hint = "the manifest was changed since, or belongs to other media"
        raise WrongInputError("the signature is of another manifest", where=where, hint=hint)


def _manifest(told: Mapping[str, Any]) -> Manifest:
    if told.get("format") != FORMAT or told["kind"] not in {HISTORY, PACKAGES}:
        raise ValueError("it is of a kind that isn't known")
    return Manifest(
        kind=told["kind"],
        made=int(told["made"]),
        source=str(told["source"]),
        since=int(told["since"]),
        newest=int(told["newest"]),
        channels=tuple(told["channels"]),
        document=_piece(told["document"]),
        files=tuple(_piece(one) for one in told["files"]),
        parts=tuple(_part(one) for one in told["parts"]),
    )


def _piece(told: Mapping[str, Any]) -> Piece:
    piece = Piece(**told)
    if not _SHA256.fullmatch(piece.sha256):
        raise ValueError(f"{piece.sha256!r} isn't a sha256")
    return piece


def _part(told: Mapping[str, Any]) -> Part:
    part = Part(**told)
    if not part.name or part.name.startswith(".") or "/" in part.name:
        raise ValueError(f"a part can't be called {part.name!r}")
    return part


def _read(path: Path, *, hint: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise WrongInputError("isn't there", where=Where(file=path), hint=hint) from None
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=path)) from error


def pieces_of(sizes: Mapping[str, int]) -> tuple[Piece, ...]:
    """Give pieces in an order that doesn't depend on anything else."""
    return tuple(Piece(sha256=sha256, size=size) for sha256, size in sorted(sizes.items()))


def total(pieces: Iterable[Piece]) -> int:
    """Give how many bytes they are."""
    return sum(one.size for one in pieces)
