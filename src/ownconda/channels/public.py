"""The index files that clients see of one channel, kept in step with its snapshots."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ownconda.channels.snapshots import Change, Contents, Snapshot
from ownconda.conda.names import SUBDIRS
from ownconda.repodata.channel_folder import write_index
from ownconda.repodata.indexes import SHARD_INDEX, SubdirIndex, index_subdir, read_shard_index
from ownconda.wires.files import write_atomically

MARKER = ".snapshot"


class PublicIndex:
    """A channel's index files in ``folder``; not to be used by two threads at once.

    The marker file names the snapshot that they show. It is written last: where it names another snapshot
    than the ledger, a kill came in between, and the index is to be written again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, SubdirIndex] = {}
        self._owed: dict[str, frozenset[str]] = {}

    def shows(self, snapshot: Snapshot) -> bool:
        """Tell whether the files on disk are those of this snapshot."""
        try:
            return (self._folder / MARKER).read_text() == str(snapshot.id)
        except OSError:
            return False

    def owe(self, change: Change) -> None:
        """Note what the next `write` has to bring up to date."""
        for subdir in change.subdirs:
            self._owed[subdir] = self._owed.get(subdir, frozenset()) | change.names_in(subdir)

    def write(self, contents: Contents, snapshot: Snapshot) -> None:
        """Write what is owed; when the disk refuses (OutsideError), it stays owed."""
        for subdir in sorted(self._owed):
            self._write(subdir, contents, previous=self._previous(subdir), changed=self._owed[subdir])
            del self._owed[subdir]
        self._mark(snapshot)

    def write_anew(self, contents: Contents, snapshot: Snapshot) -> None:
        """Write the index of every subdir, whatever there is on disk; ``noarch`` always exists (CEP 26)."""
        there = {subdir for subdir in SUBDIRS if (self._folder / subdir).is_dir()}
        for subdir in sorted({"noarch"} | there | {entry.record.subdir for entry in contents.values()}):
            self._write(subdir, contents, previous=None, changed=())
        self._owed.clear()
        self._mark(snapshot)

    def _write(self, subdir: str, contents: Contents, *, previous: SubdirIndex | None, changed: Iterable[str]) -> None:
        entries = [entry for entry in contents.values() if entry.record.subdir == subdir]
        index = index_subdir(subdir, entries, previous=previous, changed=frozenset(changed))
        write_index(self._folder, index)
        self._written[subdir] = _to_go_on_from(subdir, index.shard_hashes)

    def _previous(self, subdir: str) -> SubdirIndex | None:
        if subdir in self._written:
            return self._written[subdir]
        try:
            return _to_go_on_from(subdir, read_shard_index((self._folder / subdir / SHARD_INDEX).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _mark(self, snapshot: Snapshot) -> None:
        if not self.shows(snapshot):
            write_atomically(self._folder / MARKER, str(snapshot.id).encode())


def _to_go_on_from(subdir: str, shard_hashes: Mapping[str, bytes]) -> SubdirIndex:
    """Keep of an index what the next one is made from: its shards' hashes."""
    return SubdirIndex(
        subdir=subdir,
        repodata=b"",
        repodata_zst=b"",
        shard_index=b"",
        shard_hashes=shard_hashes,
        new_shards={},
    )
