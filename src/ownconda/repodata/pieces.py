"""Pieces: what the packages of one name add to the index files of their subdir.

An index is made by joining the pieces of all names, so that a change costs the making of one piece.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from operator import add, attrgetter

from ownconda.conda.records import compact_json
from ownconda.repodata.chapters import Binding
from ownconda.repodata.entries import ATTESTATIONS, INDEXED, Entry
from ownconda.repodata.revisions import needs_v3, written_for_v3
from ownconda.repodata.shards import packed_address, shard_of

SECTIONS = ("packages", "packages_conda", "removed", "v3_packages", "v3_conda", "exports", "exports_conda", "shards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The packages of one name, or of several, as text by the section of an index file that each stands in.

    A text begins with a comma. ``shards`` is what the index of the shards says of them; ``v3_times`` tells since when
    the packages that need v3 are listed.
    """

    packages: bytes = field(default=b"", repr=False)
    packages_conda: bytes = field(default=b"", repr=False)
    removed: bytes = field(default=b"", repr=False)
    v3_packages: bytes = field(default=b"", repr=False)
    v3_conda: bytes = field(default=b"", repr=False)
    exports: bytes = field(default=b"", repr=False)
    exports_conda: bytes = field(default=b"", repr=False)
    shards: bytes = field(default=b"", repr=False)
    v3_times: tuple[int, ...] = ()


Lengths = tuple[int, ...]
"""The length of each part of a piece."""

_PARTS = (*SECTIONS, "v3_times")
_NOTHING: Lengths = (0,) * len(_PARTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The shard of one name, with its sha256; without its content when that is on disk already."""

    digest: bytes
    content: bytes = field(default=b"", repr=False)


def make_piece(name: str, entries: Iterable[Entry], *, digest: bytes | None = None) -> tuple[Piece, Shard]:
    """Make the piece of a name's entries, and its shard; without content when its ``digest`` is known.

    Raises WrongInputError when a package's metadata can't be written in an index.
    """
    ordered = sorted(entries, key=lambda entry: entry.record.file_name)
    shard = _shard(name, ordered) if digest is None else Shard(digest=digest)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for entry in ordered:
        for section, text in _texts(entry):
            texts[section] += (",", text)
    written = {section: "".join(parts).encode() for section, parts in texts.items()}
    times = tuple(entry.indexed_at for entry in ordered if not entry.yanked and needs_v3(entry.record))
    return Piece(shards=packed_address(name, shard.digest), v3_times=times, **written), shard


def _joined(pieces: Iterable[Piece]) -> Piece:
    pieces = tuple(pieces)
    texts = {section: b"".join(map(attrgetter(section), pieces)) for section in SECTIONS}
    return Piece(v3_times=tuple(chain.from_iterable(piece.v3_times for piece in pieces)), **texts)


def _measure(piece: Piece) -> Lengths:
    return tuple(map(len, _parts(piece)))


def _total(lengths: Iterable[Lengths]) -> Lengths:
    return tuple(map(sum, zip(_NOTHING, *lengths, strict=True)))


def _cut(whole: Piece, lengths: Iterable[Lengths]) -> Iterator[Piece]:
    ends = accumulate(lengths, lambda end, length: tuple(map(add, end, length)), initial=_NOTHING)
    parts = _parts(whole)
    for places in pairwise(ends):
        cuts = (part[start:end] for part, start, end in zip(parts, *places, strict=True))
        yield Piece(**dict(zip(_PARTS, cuts, strict=True)))  # type: ignore[arg-type]


def _parts(piece: Piece) -> tuple[bytes | tuple[int, ...], ...]:
    return tuple(getattr(piece, part) for part in _PARTS)


PIECES = Binding(join=_joined, measure=_measure, total=_total, cut=_cut)
"""How pieces are joined to one of several names, in their order."""


def _shard(name: str, ordered: Iterable[Entry]) -> Shard:
    content = shard_of(name, ordered)
    return Shard(digest=hashlib.sha256(content).digest(), content=content)


def _texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Give what stands in an index for one entry, with the section."""
    file_name = entry.record.file_name
    if entry.yanked:
        yield "removed", f'"{file_name}"'
        return
    exports = entry.record.run_exports or "{}"
    yield "exports_conda" if entry.is_conda else "exports", f'"{file_name}":{{"run_exports":{exports}}}'
    if needs_v3(entry.record):
        yield "v3_conda" if entry.is_conda else "v3_packages", _newer_member(entry)
    else:
        yield "packages_conda" if entry.is_conda else "packages", _member(entry)


def _member(entry: Entry) -> str:
    told = f'"{INDEXED}":{entry.indexed_at},'
    if entry.sidecars.signatures:
        told += f'"{ATTESTATIONS}":"{entry.sidecars.signatures}",'
    return f'"{entry.record.file_name}":{{{told}{entry.record.json[1:]}'


def _newer_member(entry: Entry) -> str:
    """Write a package for CEP 48: its key is the file name without what says the format."""
    stem = entry.record.file_name.removesuffix(".conda").removesuffix(".tar.bz2")
    return f'"{stem}":{compact_json(written_for_v3(json.loads(entry.record.json)) | entry.added_fields)}'
