"""A channel as plain files: index files written so that a reader always sees a whole one."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.conda.package_files import read_package
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import (
    SHARD_INDEX,
    SHARDS_FOLDER,
    SubdirIndex,
    index_subdir,
    read_shard,
    read_shard_index,
)
from ownconda.wires.files import write_atomically


def write_index(channel: Path, index: SubdirIndex, *, durable: bool = True) -> None:
    """Write one subdir's index files: what is referred to first, what refers to it afterwards.

    They survive a power cut when ``durable``; a killed process never leaves a part of one.
    """
    folder = channel / index.subdir
    for digest, shard in index.new_shards.items():
        path = folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst"
        if not path.exists():
            write_atomically(path, shard, durable=durable)
    write_atomically(folder / SHARD_INDEX, index.shard_index, durable=durable)
    write_atomically(folder / "repodata.json.zst", index.repodata_zst, durable=durable)
    write_atomically(folder / "repodata.json", index.repodata, durable=durable)


def write_channel(channel: Path, entries: Iterable[Entry], *, durable: bool = True) -> dict[str, SubdirIndex]:
    """Write the whole index of a channel; ``noarch`` always exists (CEP 26)."""
    by_subdir: defaultdict[str, list[Entry]] = defaultdict(list, {"noarch": []})
    for entry in entries:
        by_subdir[entry.record.subdir].append(entry)
    indexes = {subdir: index_subdir(subdir, members) for subdir, members in by_subdir.items()}
    for index in indexes.values():
        write_index(channel, index, durable=durable)
    return indexes


def read_channel(channel: Path) -> list[Entry]:
    """Read what a folder of subdirs holds: every package file, whether its index lists it or not.

    What the index says of a file is taken as it is when the file's size fits; other files are read whole. Raises
    WrongInputError for a damaged package.
    """
    entries: list[Entry] = []
    for subdir in sorted(SUBDIRS):
        folder = channel / subdir
        files = sorted(path for path in folder.glob("*") if path.name.endswith(EXTENSIONS))
        known = _indexed(folder) if files else {}
        for path in files:
            status, entry = path.stat(), known.get(path.name)
            if entry is None or entry.record.size != status.st_size:
                entry = Entry(record=read_package(path), indexed_at=status.st_mtime_ns // 1_000_000)
            entries.append(entry)
    return entries


def _indexed(folder: Path) -> dict[str, Entry]:
    """Give the entries that a subdir's index lists, by file name; none of a shard that can't be read."""
    try:
        hashes = read_shard_index((folder / SHARD_INDEX).read_bytes())
        shards = [(folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst").read_bytes() for digest in hashes.values()]
        return {entry.record.file_name: entry for shard in shards for entry in read_shard(shard)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
