"""A channel as plain files: index files written so that a reader always sees a whole one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.conda.package_files import read_package
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.documents import SHARD_INDEX, index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import SubdirIndex, index_subdir
from ownconda.repodata.shards import SHARDS_FOLDER, read_shard, read_shard_index
from ownconda.wires.files import sha256_of, write_atomically, write_many

WRITERS = 2
FEW = 30
"""Files that are synced to disk one by one; from there on it is quicker to sync all that waits."""


def write_index(channel: Path, index: SubdirIndex, *, durable: bool = True) -> tuple[str, ...]:
    """Write one subdir's index files, the shards before what refers to them; give the names of the others.

    They survive a power cut when ``durable``; a killed process never leaves a part of one.
    """
    folder = channel / index.subdir
    _write_shards(folder / SHARDS_FOLDER, index.new_shards, durable=durable)
    with ThreadPoolExecutor(WRITERS) as pool:  # one file is made while another one is on its way to the disk
        writing = {
            name: pool.submit(write_atomically, folder / name, content, durable=durable)
            for name, content in index_files(index)
        }
    for written in writing.values():
        written.result()
    return tuple(writing)


def _write_shards(folder: Path, shards: Mapping[bytes, bytes], *, durable: bool) -> None:
    named = {f"{digest.hex()}.msgpack.zst": shard for digest, shard in shards.items()}
    missing = {name: shard for name, shard in named.items() if not (folder / name).exists()}
    if len(missing) > FEW:
        write_many(folder, missing, durable=durable)
        return
    for name, shard in missing.items():
        write_atomically(folder / name, shard, durable=durable)


def discard_damaged_shards(channel: Path, subdir: str) -> bool:
    """Remove the shards that aren't what their names say; tell whether one that the index refers to isn't there.

    Raises OSError, ValueError, KeyError or TypeError when there is no readable index.
    """
    folder = channel / subdir
    lacking = False
    for digest in read_shard_index((folder / SHARD_INDEX).read_bytes()).values():
        path = folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst"
        if not path.is_file() or sha256_of(path) != digest.hex():
            path.unlink(missing_ok=True)
            lacking = True
    return lacking


def write_channel(channel: Path, entries: Iterable[Entry], *, durable: bool = True) -> dict[str, SubdirIndex]:
    """Write the whole index of a channel; ``noarch`` always exists (CEP 26)."""
    by_subdir: defaultdict[str, list[Entry]] = defaultdict(list, {"noarch": []})
    for entry in entries:
        by_subdir[entry.record.subdir].append(entry)
    indexes = {subdir: index_subdir(subdir, members) for subdir, members in by_subdir.items()}
    for index in indexes.values():
        write_index(channel, index, durable=durable)
    return indexes


def read_channel(channel: Path, *, damaged: list[Problem] | None = None) -> list[Entry]:
    """Read what a folder of subdirs holds: every package file, whether its index lists it or not.

    What the index says of a file is taken as it is when the file's size fits; other files are read whole. A damaged
    package is left out and told in ``damaged``; without that list it raises WrongInputError.
    """
    entries: list[Entry] = []
    for subdir in sorted(SUBDIRS):
        folder = channel / subdir
        files = sorted(path for path in folder.glob("*") if path.name.endswith(EXTENSIONS))
        known = _indexed(folder) if files else {}
        for path in files:
            status, entry = path.stat(), known.get(path.name)
            if entry is None or entry.record.size != status.st_size:
                entry = _read(path, status.st_mtime_ns // 1_000_000, damaged)
            if entry is not None:
                entries.append(entry)
    return entries


def _read(path: Path, indexed_at: int, damaged: list[Problem] | None) -> Entry | None:
    try:
        return Entry(record=read_package(path), indexed_at=indexed_at)
    except WrongInputError as error:
        if damaged is None:
            raise
        damaged.extend(error.problems)
        return None


def _indexed(folder: Path) -> dict[str, Entry]:
    """Give the entries that a subdir's index lists, by file name; none of a shard that can't be read."""
    try:
        hashes = read_shard_index((folder / SHARD_INDEX).read_bytes())
        shards = [(folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst").read_bytes() for digest in hashes.values()]
        return {entry.record.file_name: entry for shard in shards for entry in read_shard(shard)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
