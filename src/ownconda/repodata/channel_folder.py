"""A channel as plain files: index files written so that a reader always sees a whole one."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.conda.package_files import read_package
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import SHARDS_FOLDER, SubdirIndex, index_subdir
from ownconda.wires.files import write_atomically


def write_index(channel: Path, index: SubdirIndex) -> None:
    """Write one subdir's index files: what is referred to first, what refers to it afterwards."""
    folder = channel / index.subdir
    for digest, shard in index.new_shards.items():
        path = folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst"
        if not path.exists():
            write_atomically(path, shard)
    write_atomically(folder / "repodata_shards.msgpack.zst", index.shard_index)
    write_atomically(folder / "repodata.json.zst", index.repodata_zst)
    write_atomically(folder / "repodata.json", index.repodata)


def write_channel(channel: Path, entries: Iterable[Entry]) -> dict[str, SubdirIndex]:
    """Write the whole index of a channel; ``noarch`` always exists (CEP 26)."""
    by_subdir: defaultdict[str, list[Entry]] = defaultdict(list, {"noarch": []})
    for entry in entries:
        by_subdir[entry.record.subdir].append(entry)
    indexes = {subdir: index_subdir(subdir, members) for subdir, members in by_subdir.items()}
    for index in indexes.values():
        write_index(channel, index)
    return indexes


def read_channel(channel: Path) -> list[Entry]:
    """Read every package file of a folder of subdirs; its index files aren't looked at.

    Raises WrongInputError for a damaged package.
    """
    return [
        Entry(record=read_package(path), indexed_at=path.stat().st_mtime_ns // 1_000_000)
        for subdir in sorted(SUBDIRS)
        for path in sorted((channel / subdir).glob("*"))
        if path.name.endswith(EXTENSIONS)
    ]
