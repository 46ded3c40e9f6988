"""The index files of one subdir as a pure function of its entries.

``repodata.json`` and its ``.zst`` (one zstandard frame), run exports beside it (CEP 12), and sharded repodata (CEP 16,
with run exports in the shards as CEP 21 has it); signed packages are marked as CEP 50 has it. Compression is quick
rather than small, so that an upload is visible at once.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from ownconda.attestations.sidecars import Sidecars
from ownconda.conda.records import record_from_fields
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.wires.zstandard import zstd

REPODATA_VERSION = 1
RUN_EXPORTS_VERSION = 1
COMPRESSION_LEVEL = 1
SHARD_INDEX = "repodata_shards.msgpack.zst"
SHARDS_FOLDER = "shards"
ATTESTATIONS = "attestations_sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubdirIndex:
    """Every index file of one subdir.

    ``shard_hashes`` gives each package name its shard's sha256; ``new_shards`` holds, by their sha256, the shards
    that the index before this one didn't have.
    """

    subdir: str
    repodata: bytes = field(repr=False)
    repodata_zst: bytes = field(repr=False)
    run_exports: bytes = field(repr=False)
    run_exports_zst: bytes = field(repr=False)
    shard_index: bytes = field(repr=False)
    shard_hashes: Mapping[str, bytes] = field(repr=False)
    new_shards: Mapping[bytes, bytes] = field(repr=False)


def index_subdir(
    subdir: str,
    entries: Iterable[Entry],
    *,
    previous: SubdirIndex | None = None,
    changed: Collection[str] = (),
) -> SubdirIndex:
    """Make the index of ``subdir`` from all of its entries.

    With the ``previous`` index and the names of the packages ``changed`` since, only their shards are made anew.
    Raises WrongInputError when a package's metadata can't be written in an index.
    """
    ordered = sorted(entries, key=lambda entry: entry.record.file_name)
    repodata, run_exports = _repodata(subdir, ordered), _run_exports(subdir, ordered)
    by_name: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in ordered:
        by_name[entry.record.name].append(entry)
    kept = {} if previous is None else {n: h for n, h in previous.shard_hashes.items() if n not in changed}
    hashes: dict[str, bytes] = {}
    shards: dict[bytes, bytes] = {}
    for name, members in by_name.items():
        known = kept.get(name)
        if known is None:
            shard = _shard(name, members)
            known = hashlib.sha256(shard).digest()
            shards[known] = shard
        hashes[name] = known
    return SubdirIndex(
        subdir=subdir,
        repodata=repodata,
        repodata_zst=zstd.compress(repodata, COMPRESSION_LEVEL),
        run_exports=run_exports,
        run_exports_zst=zstd.compress(run_exports, COMPRESSION_LEVEL),
        shard_index=_shard_index(subdir, hashes),
        shard_hashes=hashes,
        new_shards=shards,
    )


def read_shard_index(content: bytes) -> dict[str, bytes]:
    """Read back what package names a shard index has, with their shards' sha256.

    Raises ValueError, KeyError or TypeError when it isn't one.
    """
    return dict(_unpacked(content)["shards"])


def read_shard(content: bytes) -> list[Entry]:
    """Read back the entries of one shard.

    Raises ValueError, KeyError or TypeError when it isn't one.
    """
    shard = _unpacked(content)
    return [
        _entry(name, fields) for section in ("packages", "packages.conda") for name, fields in shard[section].items()
    ]


def _repodata(subdir: str, entries: Iterable[Entry]) -> bytes:
    legacy: list[str] = []
    current: list[str] = []
    for entry in entries:
        record = entry.record
        told = f'"indexed_timestamp":{entry.indexed_at},'
        if entry.sidecars.signatures:
            told += f'"{ATTESTATIONS}":"{entry.sidecars.signatures}",'
        listed = f'"{record.file_name}":{{{told}{record.json[1:]}'
        (current if record.file_name.endswith(".conda") else legacy).append(listed)
    return (
        f'{{"info":{{"subdir":"{subdir}"}},"packages":{{{",".join(legacy)}}},'
        f'"packages.conda":{{{",".join(current)}}},"removed":[],"repodata_version":{REPODATA_VERSION}}}\n'
    ).encode()


def _run_exports(subdir: str, entries: Iterable[Entry]) -> bytes:
    legacy: list[str] = []
    current: list[str] = []
    for record in (entry.record for entry in entries):
        told = f'"{record.file_name}":{{"run_exports":{record.run_exports or "{}"}}}'
        (current if record.file_name.endswith(".conda") else legacy).append(told)
    return (
        f'{{"info":{{"subdir":"{subdir}","version":{RUN_EXPORTS_VERSION}}},"packages":{{{",".join(legacy)}}},'
        f'"packages.conda":{{{",".join(current)}}}}}\n'
    ).encode()


def _shard(name: str, entries: Iterable[Entry]) -> bytes:
    try:
        return _packed(_shard_content(entries))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WrongInputError(f"the metadata of {name!r} can't be written in a channel's index: {error}") from error


def _shard_content(entries: Iterable[Entry]) -> dict[str, Any]:
    content: dict[str, Any] = {"packages": {}, "packages.conda": {}, "removed": []}
    for entry in entries:
        record = entry.record
        fields = json.loads(record.json) | {"indexed_timestamp": entry.indexed_at}
        if entry.sidecars.signatures:
            fields[ATTESTATIONS] = entry.sidecars.signatures
        for digest in ("sha256", "md5"):  # CEP 16: as bytes, not as text
            if digest in fields:
                fields[digest] = bytes.fromhex(fields[digest])
        fields["run_exports"] = json.loads(record.run_exports) if record.run_exports else {}
        content["packages.conda" if record.file_name.endswith(".conda") else "packages"][record.file_name] = fields
    return content


def _shard_index(subdir: str, hashes: Mapping[str, bytes]) -> bytes:
    info = {"subdir": subdir, "base_url": "", "shards_base_url": f"./{SHARDS_FOLDER}/"}
    return _packed({"info": info, "shards": dict(sorted(hashes.items()))})


def _entry(file_name: str, fields: dict[str, Any]) -> Entry:
    run_exports = fields.pop("run_exports", {})
    indexed_at = fields.pop("indexed_timestamp")
    sidecars = Sidecars(signatures=fields.pop(ATTESTATIONS, ""))
    written = {key: value.hex() if isinstance(value, bytes) else value for key, value in fields.items()}
    return Entry(
        record=record_from_fields(written, file_name=file_name, run_exports=run_exports),
        indexed_at=indexed_at,
        sidecars=sidecars,
    )


def _unpacked(content: bytes) -> Any:  # noqa: ANN401  (msgpack as it came)
    try:
        return msgpack.unpackb(zstd.decompress(content))
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error


def _packed(content: object) -> bytes:
    packed: bytes = msgpack.packb(content)
    return zstd.compress(packed, COMPRESSION_LEVEL)
