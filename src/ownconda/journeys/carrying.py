"""Carrying a forge's channels on media: written at the one forge, taken in at another one that no network reaches."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ownconda.attestations.bundles import SigningKey
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.transfers.applying import Applied, apply, wanted_bytes
from ownconda.channels.transfers.beginning import begin_following, follows_somebody
from ownconda.channels.transfers.comparing import news
from ownconda.channels.transfers.media import (
    HISTORY,
    PACKAGES,
    Manifest,
    Piece,
    pieces_of,
    read_signed,
    total,
    write_manifest,
)
from ownconda.channels.transfers.parts import Media, Parts, each_piece
from ownconda.channels.transfers.transfer import Transfer, read_transfer
from ownconda.errors import ConflictError, NoError, OutsideError, Problem, Where, WrongInputError
from ownconda.forge_client.answers import PackageInfo, UploadedFile
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.history import bring_bytes, content, file_content, history, take_media
from ownconda.journeys.carried_access import taking_access
from ownconda.wires.files import atomic_file
from ownconda.wires.progress import Progress

ROUNDS = 4
"""How often a forge is asked what it wants: the document, then the files, then what somebody removed meanwhile."""

Fetch = Callable[[str], Iterator[bytes]]
"""Gives the bytes of a sha256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where media are written, in parts of at most so many bytes (0: one), signed with a key, ``now`` in ms."""

    folder: Path
    most: int
    key: SigningKey
    now: int
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A package on media, with the sha256 of what stands beside it, by how that file's name ends."""

    path: str
    sha256: str
    sidecars: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """The package's file name."""
        return self.path.partition("/")[2]


def export_history(
    forge: ForgeClient, target: Target, channels: Sequence[str], *, since: int, docs: str = "none"
) -> Manifest:
    """Write what came after a snapshot in some channels (none named: all), and of ``docs`` none, the new or all.

    Raises NoError when nothing came.
    """
    told = history(forge, since, channels, whole=True, docs=docs).told or {}
    transfer = read_transfer(told)
    if since and not transfer.snapshots and not transfer.sizes:
        raise NoError(f"nothing came after snapshot {since}", hint="there is nothing to carry")
    return _write(
        target,
        json.dumps(told).encode(),
        pieces_of(transfer.sizes),
        lambda sha256: content(forge, sha256),
        {
            "kind": HISTORY,
            "source": forge.url,
            "since": since,
            "newest": transfer.newest,
            "channels": tuple(one.channel for one in transfer.stretches),
        },
    )


def export_packages(forge: ForgeClient, target: Target, files: Mapping[str, str], *, lock: Path) -> Manifest:
    """Write the packages that a lock file names (each file name with its sha256), with what stands beside them.

    Raises WrongInputError for those that no channel of the forge lists.
    """
    listed = _listed(forge, files)
    missing = [Problem(what=f"no channel lists {name}", where=Where(file=lock)) for name in files if name not in listed]
    if missing:
        raise WrongInputError.of(missing)
    places = {one.sha256: f"{channel}/{one.path}" for channel, one in listed.values()}
    for channel, one in listed.values():
        for suffix, sha256 in one.sidecars.items():
            places[sha256] = f"{channel}/{one.path}{suffix}"
    packages = [Carried(path=one.path, sha256=one.sha256, sidecars=one.sidecars) for _, one in listed.values()]
    document = json.dumps({"packages": [asdict(one) for one in packages]}).encode()
    return _write(
        target,
        document,
        pieces_of(dict.fromkeys(places, 0)),
        lambda sha256: file_content(forge, places[sha256], sha256),
        {"kind": PACKAGES, "source": forge.url, "since": 0, "newest": 0, "channels": ()},
    )


def prepare_taking(folder: ForgeFolder, media: Media) -> None:
    """Make a forge that takes history where there is none, once it is sure that it can take this.

    Raises ConflictError when the forge that is there leads, GapError when these media aren't the first.
    """
    told = follows_somebody(folder)
    if told is None and folder.is_there:
        hint = "take it into a folder of its own; packages for this forge: ownconda channel export --lock"
        raise ConflictError("this forge leads: it takes no other one's history", hint=hint)
    if told is None:
        news(read_document(media), {}, {})
        begin_following(folder, "")


def take_history(channels: Channels, media: Media, progress: Progress) -> Applied:
    """Let a forge have the stretch of history that checked media hold.

    What was interrupted goes on: bytes that are here already are passed over. Raises as `apply`.
    """
    transfer = read_document(media)
    wanted = wanted_bytes(channels, transfer)
    with progress.bar("taking", sum(wanted.values()), unit="bytes") as bar:

        def take(piece: Piece, chunks: Iterator[bytes]) -> None:
            arrived = channels.folder.incoming / f"carried-{piece.sha256}"
            _written(arrived, piece, chunks)
            channels.store.take(arrived, piece.sha256)
            bar.advance(piece.size)

        each_piece(media, wanted.keys(), take)
    return apply(channels, transfer, also=taking_access(channels, transfer))


def send_history(forge: ForgeClient, media: Media, folder: Path, progress: Progress) -> dict[str, Any]:
    """Let a running forge have the stretch of history that checked media hold, whose manifest lies in a folder.

    The forge checks the signature again, and every checksum. What was interrupted goes on: it tells what it lacks.
    """
    manifest, signature = read_signed(folder)
    for _ in range(ROUNDS):
        told = take_media(forge, manifest, signature)
        if told.done is not None:
            return dict(told.done)
        _bring(forge, media, told.wanted, progress)
    raise OutsideError("the forge doesn't keep what it is brought", where=Where(file=forge.url), hint="see its log")


def _bring(forge: ForgeClient, media: Media, wanted: Mapping[str, int], progress: Progress) -> None:
    lacking = wanted.keys() - {one.sha256 for one in media.manifest.pieces}
    if lacking:
        raise WrongInputError(f"the media lack what their document names: {min(lacking)}", hint="export anew")
    with progress.bar("sending", sum(wanted.values()), unit="bytes") as bar:

        def bring(piece: Piece, chunks: Iterator[bytes]) -> None:
            bring_bytes(forge, piece.sha256, chunks)
            bar.advance(piece.size)

        each_piece(media, wanted.keys(), bring)


def send_packages(
    forge: ForgeClient, channel: str, media: Media, *, scratch: Path, progress: Progress
) -> tuple[UploadedFile, ...]:
    """Upload the packages that checked media hold into a channel, with what stands beside them."""
    packages = _packages(_document(media))

    def take(piece: Piece, chunks: Iterator[bytes]) -> None:
        _written(scratch / piece.sha256, piece, chunks)

    each_piece(media, {one.sha256 for one in media.manifest.files}, take)
    sidecars: dict[Path, Sequence[Path]] = {}
    for number, one in enumerate(packages):
        folder = scratch / f"package-{number}"
        folder.mkdir()
        package = (scratch / one.sha256).rename(folder / one.file_name)
        sidecars[package] = [_linked(scratch / sha256, folder, one, end) for end, sha256 in one.sidecars.items()]
    return forge.upload(channel, list(sidecars), sidecars=sidecars, progress=progress)


def read_document(media: Media) -> Transfer:
    """Read the stretch of history that checked media hold. Raises UnreadableError."""
    return read_transfer(_document(media))


def _listed(forge: ForgeClient, files: Mapping[str, str]) -> dict[str, tuple[str, PackageInfo]]:
    found: dict[str, tuple[str, PackageInfo]] = {}
    for channel in forge.channels():
        for one in forge.packages(channel.name):
            name = one.path.partition("/")[2]
            if files.get(name) == one.sha256:
                found.setdefault(name, (channel.name, one))
    return found


def _write(
    target: Target, document: bytes, pieces: Sequence[Piece], fetch: Fetch, facts: Mapping[str, Any]
) -> Manifest:
    written: list[Piece] = []
    with (
        target.progress.bar("exporting", total(pieces) or None, unit="bytes") as bar,
        Parts(target.folder, most=target.most) as parts,
    ):
        parts.write(document)
        for piece in pieces:
            size = 0
            for chunk in fetch(piece.sha256):
                parts.write(chunk)
                size += len(chunk)
                bar.advance(len(chunk))
            written.append(Piece(sha256=piece.sha256, size=size))
        manifest = Manifest(
            **facts,
            made=target.now,
            document=Piece(sha256=hashlib.sha256(document).hexdigest(), size=len(document)),
            files=tuple(written),
            parts=parts.finish(),
        )
        write_manifest(target.folder, manifest, target.key)
    return manifest


def _document(media: Media) -> dict[str, Any]:
    read: list[bytes] = []
    each_piece(media, {media.manifest.document.sha256}, lambda _, chunks: read.extend(chunks))
    told: dict[str, Any] = json.loads(b"".join(read))
    return told


def _packages(told: Mapping[str, Any]) -> list[Carried]:
    packages = [Carried(**one) for one in told["packages"]]
    for one in packages:
        if "/" in one.file_name or one.file_name[:1] in ("", ".") or not one.sidecars.keys() <= set(SUFFIXES.values()):
            raise WrongInputError(f"the media name what can't be a package: {one.path!r}")
    return packages


def _linked(source: Path, folder: Path, package: Carried, suffix: str) -> Path:
    place = folder / f"{package.file_name}{suffix}"
    place.hardlink_to(source)
    return place


def _written(place: Path, piece: Piece, chunks: Iterator[bytes]) -> None:
    digest = hashlib.sha256()
    with atomic_file(place, durable=False) as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != piece.sha256:
        raise WrongInputError(f"the media don't hold what the manifest says: {piece.sha256}", hint="export anew")
