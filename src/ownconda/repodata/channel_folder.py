"""A channel as plain files: index files written so that a reader always sees a whole one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ownconda.conda.names import EXTENSIONS, SUBDIRS
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.documents import SHARD_INDEX, Document, documents
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import SubdirIndex, index_subdir
from ownconda.repodata.package_reading import Read, read_entries
from ownconda.repodata.shards import SHARDS_FOLDER, read_shard, read_shard_index
from ownconda.wires.files import sha256_of, write_atomically, write_blocks

AT_ONCE = 2
"""Files of one index that are written at the same time: while one is compressed, the others are."""


def write_index(channel: Path, index: SubdirIndex) -> tuple[str, ...]:
    """Write one subdir's index files, the shards before what refers to them; give the names of the others.

    A killed process never leaves a part of one; a power cut may, so after one they have to be written anew.
    Raises OutsideError when the disk refuses.
    """
    folder = channel / index.subdir
    for digest, shard in index.new_shards.items():
        path = folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst"
        if not path.exists():
            write_atomically(path, shard, durable=False)

    def write(document: Document) -> str:
        write_blocks(folder / document.name, document.blocks())
        return document.name

    with ThreadPoolExecutor(AT_ONCE) as pool:  # compressing and writing need no interpreter
        return tuple(pool.map(write, documents(index)))


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


def write_channel(channel: Path, entries: Iterable[Entry]) -> dict[str, SubdirIndex]:
    """Write the whole index of a channel; ``noarch`` always exists (CEP 26)."""
    by_subdir: defaultdict[str, list[Entry]] = defaultdict(list, {"noarch": []})
    for entry in entries:
        by_subdir[entry.record.subdir].append(entry)
    indexes = {subdir: index_subdir(subdir, members) for subdir, members in by_subdir.items()}
    for index in indexes.values():
        write_index(channel, index)
    return indexes


def read_channel(channel: Path, *, damaged: list[Problem] | None = None) -> list[Entry]:
    """Read what a folder of subdirs holds: every package file, whether its index lists it or not.

    What the index says of a file is taken as it is when the file's size fits; other files are read whole. A damaged
    package is left out and told in ``damaged``; without that list it raises WrongInputError.
    """
    found = [read for subdir in sorted(SUBDIRS) for read in _read_subdir(channel / subdir)]
    problems = [problem for read in found if not isinstance(read, Entry) for problem in read]
    if problems and damaged is None:
        raise WrongInputError.of(problems)
    if damaged is not None:
        damaged.extend(problems)
    return [read for read in found if isinstance(read, Entry)]


def package_files(folder: Path) -> list[Path]:
    """Give the package files of a subdir, by name."""
    return sorted(path for path in folder.glob("*") if path.name.endswith(EXTENSIONS))


def _read_subdir(folder: Path) -> Iterator[Read]:
    files = package_files(folder)
    known = _known(folder, files) if files else {}
    others = read_entries([path for path in files if path.name not in known])
    return (known.get(path.name) or next(others) for path in files)


def _known(folder: Path, files: Iterable[Path]) -> dict[str, Entry]:
    """Give the entries that the index has of these files as they are."""
    indexed = _indexed(folder)
    sizes = {path.name: path.stat().st_size for path in files if path.name in indexed}
    return {name: indexed[name] for name, size in sizes.items() if indexed[name].record.size == size}


def _indexed(folder: Path) -> dict[str, Entry]:
    """Give the entries that a subdir's index lists, by file name; none of a shard that can't be read."""
    try:
        hashes = read_shard_index((folder / SHARD_INDEX).read_bytes())
        shards = [(folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst").read_bytes() for digest in hashes.values()]
        return {entry.record.file_name: entry for shard in shards for entry in read_shard(shard)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
