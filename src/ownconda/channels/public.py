"""The index files that clients see of one channel, kept in step with its snapshots."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ownconda.channels.snapshots import Change, Contents, Snapshot
from ownconda.conda.names import SUBDIRS
from ownconda.repodata.channel_folder import INDEX_FILES, discard_damaged_shards, write_index
from ownconda.repodata.indexes import SHARD_INDEX, SubdirIndex, index_subdir, read_shard_index
from ownconda.wires.files import write_atomically

MARKER = ".snapshot"


class PublicIndex:
    """A channel's index files in ``folder``; not to be used by two threads at once.

    The marker file names the snapshot that they show, and gives each one's size and time. It is written last: where
    it says something else than ledger and disk, a kill came in between or somebody changed a file, and the index is
    to be written again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, SubdirIndex] = {}
        self._owed: dict[str, frozenset[str]] = {}
        self._facts: dict[str, list[int]] = {}
        self._marked = ""

    def shows(self, snapshot: Snapshot) -> bool:
        """Tell whether the files on disk are those of this snapshot, as they were written."""
        try:
            self._marked = (self._folder / MARKER).read_text()
            marked = json.loads(self._marked)
            self._facts = {name: facts for name, facts in marked["files"].items() if facts == self._facts_of(name)}
            return marked["snapshot"] == snapshot.id and len(self._facts) == len(marked["files"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def owe(self, change: Change) -> None:
        """Note what the next `write` has to bring up to date."""
        self._owed = self._owed_with(change)

    def prepared(self, contents: Contents, change: Change) -> tuple[SubdirIndex, ...]:
        """Make, without writing it, all that `write` will owe after a change that leads to these contents.

        Raises WrongInputError when no index can be made of them.
        """
        owed = self._owed_with(change)
        return tuple(
            _index(subdir, contents, previous=self._previous(subdir), changed=owed[subdir]) for subdir in sorted(owed)
        )

    def write(self, indexes: Iterable[SubdirIndex], snapshot: Snapshot) -> None:
        """Write what was prepared; when the disk refuses (OutsideError), it stays owed."""
        for index in indexes:
            self._write(index)
            self._owed.pop(index.subdir, None)
        self._mark(snapshot)

    def write_anew(self, contents: Contents, snapshot: Snapshot) -> None:
        """Write the index of every subdir, whatever there is on disk; ``noarch`` always exists (CEP 26).

        Raises WrongInputError when no index can be made of the contents.
        """
        there = {subdir for subdir in SUBDIRS if (self._folder / subdir).is_dir()}
        subdirs = {"noarch"} | there | {entry.record.subdir for entry in contents.values()}
        for index in [_index(subdir, contents, previous=None, changed=()) for subdir in sorted(subdirs)]:
            self._write(index)
        self._owed.clear()
        self._mark(snapshot)

    def lacks_shards(self) -> bool:
        """Read every shard that the index refers to, and tell whether one is lost or damaged."""
        subdirs = sorted({name.partition("/")[0] for name in tuple(self._facts)})
        try:
            lacking = [discard_damaged_shards(self._folder, subdir) for subdir in subdirs]
        except (OSError, ValueError, KeyError, TypeError):
            return True
        return any(lacking)

    def _owed_with(self, change: Change) -> dict[str, frozenset[str]]:
        more = {subdir: self._owed.get(subdir, frozenset()) | change.names_in(subdir) for subdir in change.subdirs}
        return self._owed | more

    def _write(self, index: SubdirIndex) -> None:
        write_index(self._folder, index)
        self._written[index.subdir] = _to_go_on_from(index.subdir, index.shard_hashes)
        for name in (f"{index.subdir}/{file}" for file in INDEX_FILES):
            self._facts[name] = self._facts_of(name)

    def _previous(self, subdir: str) -> SubdirIndex | None:
        if subdir in self._written:
            return self._written[subdir]
        try:
            return _to_go_on_from(subdir, read_shard_index((self._folder / subdir / SHARD_INDEX).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _facts_of(self, name: str) -> list[int]:
        facts = (self._folder / name).stat()
        return [facts.st_size, facts.st_mtime_ns]

    def _mark(self, snapshot: Snapshot) -> None:
        marked = json.dumps({"snapshot": snapshot.id, "files": self._facts}, sort_keys=True)
        if marked != self._marked:
            write_atomically(self._folder / MARKER, marked.encode())
            self._marked = marked


def _index(subdir: str, contents: Contents, *, previous: SubdirIndex | None, changed: Iterable[str]) -> SubdirIndex:
    entries = [entry for entry in contents.values() if entry.record.subdir == subdir]
    return index_subdir(subdir, entries, previous=previous, changed=frozenset(changed))


def _to_go_on_from(subdir: str, shard_hashes: Mapping[str, bytes]) -> SubdirIndex:
    """Keep of an index what the next one is made from: its shards' hashes."""
    return SubdirIndex(
        subdir=subdir,
        repodata=b"",
        repodata_zst=b"",
        run_exports=b"",
        run_exports_zst=b"",
        shard_index=b"",
        shard_hashes=shard_hashes,
        new_shards={},
    )
