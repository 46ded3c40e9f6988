"""Sharded repodata (CEP 16): a file for each package name, with run exports (CEP 21), and the index of those files."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgpack

from ownconda.attestations.sidecars import Sidecars
from ownconda.conda.records import record_from_fields
from ownconda.errors import WrongInputError
from ownconda.repodata.entries import ATTESTATIONS, INDEXED, Entry
from ownconda.repodata.info import Info
from ownconda.repodata.revisions import V3, needs_v3, written_for_v3
from ownconda.wires.zstandard import zstd

COMPRESSION_LEVEL = 1
SHARDS_FOLDER = "shards"
VERSION = 1
_SECTIONS = (("packages", "tar.bz2"), ("packages.conda", "conda"))


def shard_of(name: str, entries: Iterable[Entry]) -> bytes:
    """Make the shard of a name's entries, in their order; one whose entries are all yanked names the removed files.

    Raises WrongInputError when a package's metadata can't be written in an index.
    """
    try:
        return _packed(_content(entries))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WrongInputError(f"the metadata of {name!r} can't be written in a channel's index: {error}") from error


def packed_address(name: str, digest: bytes) -> bytes:
    """Pack what the index of the shards says of one name: the sha256 of its shard."""
    return _msgpack(name) + _msgpack(digest)


def shard_index(
    subdir: str, info: Info, revisions: Mapping[str, Any], *, names: int, addresses: Iterable[bytes]
) -> tuple[bytes, ...]:
    """Make the index of a subdir's shards of how many ``names`` it has, and their packed addresses in their order.

    It is given in parts, and not compressed yet.
    """
    places = {
        "base_url": info.base_url_of(subdir),
        "shards_base_url": f"./{SHARDS_FOLDER}/",
    }  # both have to be there
    packer = msgpack.Packer()
    told = ("version", VERSION, "info", info.fields(subdir, revisions) | places, "shards")
    head = (packer.pack_map_header(3), *map(_msgpack, told))
    return (*head, packer.pack_map_header(names), *addresses)


def read_shard_index(content: bytes) -> dict[str, bytes]:
    """Read back what package names a shard index has, with their shards' sha256.

    Raises ValueError, KeyError or TypeError when it isn't one.
    """
    return dict(_unpacked(content)["shards"])


def read_shard(content: bytes) -> list[Entry]:
    """Read back the entries of one shard; yanked ones it has only the names of, and those are left out.

    Raises ValueError, KeyError or TypeError when it isn't one.
    """
    shard = _unpacked(content)
    newer = shard.get(V3, {})
    listed = [_entry(name, fields) for section, _ in _SECTIONS for name, fields in shard[section].items()]
    return listed + [
        _entry(f"{stem}.{extension}", fields)
        for _, extension in _SECTIONS
        for stem, fields in newer.get(extension, {}).items()
    ]


def _content(entries: Iterable[Entry]) -> dict[str, Any]:
    content: dict[str, Any] = {"packages": {}, "packages.conda": {}, "removed": []}
    for entry in entries:
        section, extension = _SECTIONS[entry.is_conda]
        file_name = entry.record.file_name
        if entry.yanked:
            content["removed"].append(file_name)
        elif needs_v3(entry.record):
            newer = content.setdefault(V3, {}).setdefault(extension, {})
            newer[file_name.removesuffix(f".{extension}")] = written_for_v3(_fields(entry))
        else:
            content[section][file_name] = _fields(entry)
    return content


def _fields(entry: Entry) -> dict[str, Any]:
    record = entry.record
    fields = json.loads(record.json) | entry.added_fields
    for digest in ("sha256", "md5"):  # CEP 16: as bytes, not as text
        if digest in fields:
            fields[digest] = bytes.fromhex(fields[digest])
    fields["run_exports"] = json.loads(record.run_exports) if record.run_exports else {}
    return fields  # type: ignore[no-any-return]  # JSON as it came


def _entry(file_name: str, fields: dict[str, Any]) -> Entry:
    run_exports = fields.pop("run_exports", {})
    indexed_at = fields.pop(INDEXED)
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
    return zstd.compress(_msgpack(content), COMPRESSION_LEVEL)


def _msgpack(content: object) -> bytes:
    packed: bytes = msgpack.packb(content)
    return packed
