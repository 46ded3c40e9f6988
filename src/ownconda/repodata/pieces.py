"""Pieces: what the packages of one name add to the index files of their subdir.

An index is made by joining the pieces of all names, so that a change costs the making of one piece.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ownconda.conda.records import compact_json
from ownconda.repodata.entries import ATTESTATIONS, INDEXED, Entry
from ownconda.repodata.revisions import needs_v3, written_for_v3
from ownconda.repodata.shards import shard_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The packages of one name as text, by the section of an index file that each stands in.

    A text begins with a comma. ``digest`` is the shard's sha256; ``v3_times`` tells since when the packages that
    need v3 are listed.
    """

    digest: bytes
    packages: bytes = field(default=b"", repr=False)
    packages_conda: bytes = field(default=b"", repr=False)
    removed: bytes = field(default=b"", repr=False)
    v3_packages: bytes = field(default=b"", repr=False)
    v3_conda: bytes = field(default=b"", repr=False)
    exports: bytes = field(default=b"", repr=False)
    exports_conda: bytes = field(default=b"", repr=False)
    v3_times: tuple[int, ...] = ()


def make_piece(name: str, entries: Iterable[Entry], *, digest: bytes | None = None) -> tuple[Piece, bytes]:
    """Make the piece of a name's entries, and its shard; without the shard when its ``digest`` is known.

    Raises WrongInputError when a package's metadata can't be written in an index.
    """
    ordered = sorted(entries, key=lambda entry: entry.record.file_name)
    shard = shard_of(name, ordered) if digest is None else b""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for entry in ordered:
        for section, text in _texts(entry):
            texts[section] += (",", text)
    written = {section: "".join(parts).encode() for section, parts in texts.items()}
    times = tuple(entry.indexed_at for entry in ordered if not entry.yanked and needs_v3(entry.record))
    made = hashlib.sha256(shard).digest() if digest is None else digest
    return Piece(digest=made, v3_times=times, **written), shard


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
