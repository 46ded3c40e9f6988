"""The index files that clients see of one channel, kept in step with its snapshots."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ownconda.channels.listing import entries_named
from ownconda.channels.snapshots import Change, Contents, Snapshot
from ownconda.channels.summing_up import SummedUp, summed_up
from ownconda.conda.names import SUBDIRS
from ownconda.repodata import channeldata, current
from ownconda.repodata.channel_folder import discard_damaged_shards, write_index
from ownconda.repodata.current import current_repodata
from ownconda.repodata.documents import SHARD_INDEX
from ownconda.repodata.indexes import SubdirIndex, index_subdir
from ownconda.repodata.info import NO_INFO, Info
from ownconda.repodata.patches import NO_PATCH, Patch, names_of_difference, patched
from ownconda.repodata.shards import read_shard_index
from ownconda.wires.boots import boot_id
from ownconda.wires.files import write_atomically, write_blocks

MARKER = ".snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an index shows beside a channel's entries: repodata patches by subdir, and what it says of the channel."""

    patches: Mapping[str, Patch] = field(default_factory=dict)
    info: Info = NO_INFO

    def patch_of(self, subdir: str) -> Patch:
        """Give the patch of a subdir."""
        return self.patches.get(subdir, NO_PATCH)


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that an index is to become: that of each subdir, the channel's summary, current_repodata.json if wanted."""

    indexes: tuple[SubdirIndex, ...]
    summed_up: SummedUp | None
    current: Mapping[str, bytes | None] = field(default_factory=dict)


class PublicIndex:
    """A channel's index files in ``folder``; not to be used by two threads at once.

    The marker file names the snapshot that they show, and gives each one's size and time. It is written last: where
    it says something else than ledger and disk, a kill came in between or somebody changed a file, and the index is
    to be written again. So it is after another boot of the machine: the files aren't synced, since the ledger can make
    them again. ``with_current`` adds current_repodata.json.

    Where several processes write it in turns, each goes on from what it wrote itself and what it owes since: that is
    right as long as the files show nothing older than what it knows them to have shown.
    """

    def __init__(self, folder: Path, *, with_current: bool = False) -> None:
        self._folder = folder
        self._with_current = with_current
        self._boot = boot_id()
        self._summed_up: SummedUp | None = None
        self._written: dict[str, SubdirIndex] = {}
        self._terms = NO_TERMS
        self._owed: dict[str, frozenset[str]] = {}
        self._facts: dict[str, list[int]] = {}
        self._marked = ""
        self._distrusted = False
        self._known = 0  # the number of the snapshot since which all changes are owed
        self._on_disk = 0  # that of the files, when they were looked at last

    def shows(self, snapshot: Snapshot, *, terms: Terms = NO_TERMS) -> bool:
        """Tell whether the files on disk are those of this snapshot and its terms, as they were written."""
        try:
            self._marked = (self._folder / MARKER).read_text()
            marked = json.loads(self._marked)
            self._facts = {name: facts for name, facts in marked["files"].items() if facts == self._facts_of(name)}
            same_boot = self._boot and marked["boot"] == self._boot
            shown = same_boot and marked["snapshot"] == snapshot.id and len(self._facts) == len(marked["files"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        self._terms = terms
        self._known = self._on_disk = snapshot.id if shown else 0
        return bool(shown) and self._wanted_beside() <= self._facts.keys()

    def begin(self, snapshot: Snapshot) -> None:
        """Note at which snapshot a channel is read: what led there isn't owed, since who led there writes the index."""
        self._known = max(self._known, snapshot.id)

    def shown(self) -> int:
        """Tell the number of the snapshot that the files on disk are of; 0 when that can't be told."""
        return _read_marked(self._marker())[0]

    def go_on(self) -> None:
        """Go on from the files as they are: another process may have written them meanwhile.

        When they are of an older snapshot than the one since which changes are owed, all has to be written anew. The
        caller keeps all others from writing them.
        """
        marked = self._marker()
        if marked != self._marked:
            self._marked = marked
            self._on_disk, self._facts = _read_marked(marked)

    @property
    def is_distrusted(self) -> bool:
        """Whether files on disk may be those of another snapshot, so that all have to be written anew."""
        return self._distrusted or self._on_disk < self._known

    def distrust(self) -> None:
        """Note that all has to be written anew."""
        self._distrusted = True

    def warm_up(self, contents: Contents) -> None:
        """Make ready what the next index goes on from, so that the first act is as quick as those after it."""
        for subdir in sorted(self._subdirs() - self._written.keys()):
            index = self._index(subdir, contents, frozenset(), self._terms)
            if not index.new_shards:  # otherwise some aren't on disk, and have to be written with the next index
                self._written[subdir] = index
        if self._summed_up is None:
            self._summed_up = summed_up(contents, self._terms.patches, previous=None, changed=frozenset())

    def owe(self, change: Change) -> None:
        """Note what the next `write` has to bring up to date."""
        self._owed = self._owed_with(change)

    def prepared(self, contents: Contents, change: Change, *, terms: Terms = NO_TERMS) -> Prepared:
        """Make, without writing it, all that `write` will owe after a change that leads to these contents and terms.

        Raises WrongInputError when no index can be made of them.
        """
        owed = self._owed_with(change)
        subdirs = owed.keys() | self._subdirs_of_other_terms(terms)
        indexes = [self._index(subdir, contents, owed.get(subdir, frozenset()), terms) for subdir in sorted(subdirs)]
        if not indexes:
            return Prepared(indexes=(), summed_up=self._summed_up)
        names = frozenset().union(*owed.values())
        return Prepared(
            indexes=tuple(indexes),
            summed_up=summed_up(contents, terms.patches, previous=self._summed_up, changed=names),
            current={index.subdir: self._current(index.subdir, contents, terms) for index in indexes},
        )

    def write(self, prepared: Prepared, snapshot: Snapshot) -> None:
        """Write what was prepared; when the disk refuses (OutsideError), it stays owed."""
        for index in prepared.indexes:
            self._write(index)
            self._write_current(index.subdir, prepared.current.get(index.subdir))
            self._owed.pop(index.subdir, None)
        if prepared.indexes:
            self._write_summary(prepared.summed_up)
        self._mark(snapshot)

    def write_anew(self, contents: Contents, snapshot: Snapshot, *, terms: Terms = NO_TERMS) -> None:
        """Write the index of every subdir, whatever there is on disk; ``noarch`` always exists (CEP 26).

        Raises WrongInputError when no index can be made of the contents.
        """
        there = {subdir for subdir in SUBDIRS if (self._folder / subdir).is_dir()}
        subdirs = {"noarch"} | there | {entry.record.subdir for entry in contents.values()}
        for index in [_anew(subdir, contents, terms) for subdir in sorted(subdirs)]:
            self._write(index)
            self._write_current(index.subdir, self._current(index.subdir, contents, terms))
        self._write_summary(summed_up(contents, terms.patches, previous=None, changed=frozenset()))
        self._terms = terms
        self._owed.clear()
        self._distrusted = False
        self._mark(snapshot)

    def lacks_shards(self) -> bool:
        """Read every shard that the index refers to, and tell whether one is lost or damaged."""
        try:
            lacking = [discard_damaged_shards(self._folder, subdir) for subdir in sorted(self._subdirs())]
        except (OSError, ValueError, KeyError, TypeError):
            return True
        return any(lacking)

    def _subdirs(self) -> set[str]:
        """Give the subdirs that have an index on disk."""
        return {name.partition("/")[0] for name in tuple(self._facts) if "/" in name}

    def _wanted_beside(self) -> set[str]:
        """Give the files that an index has beside those of its subdirs; settings and older versions may differ."""
        return {channeldata.FILE, *(f"{one}/{current.FILE}" for one in self._subdirs() if self._with_current)}

    def _owed_with(self, change: Change) -> dict[str, frozenset[str]]:
        more = {subdir: self._owed.get(subdir, frozenset()) | change.names_in(subdir) for subdir in change.subdirs}
        return self._owed | more

    def _subdirs_of_other_terms(self, terms: Terms) -> set[str]:
        """Give the subdirs whose index has to be another one because the terms are."""
        return {subdir for subdir in self._subdirs() if (terms.info, terms.patch_of(subdir)) != self._shown(subdir)}

    def _shown(self, subdir: str) -> tuple[Info, Patch]:
        index = self._written.get(subdir)
        return (self._terms.info, self._terms.patch_of(subdir)) if index is None else (index.info, index.patch)

    def _index(self, subdir: str, contents: Contents, changed: frozenset[str], terms: Terms) -> SubdirIndex:
        """Go on from the index before; after a start that one is on disk, and its shards at least are known."""
        previous, patch = self._written.get(subdir), terms.patch_of(subdir)
        _, patch_before = self._shown(subdir)
        fresh = changed | names_of_difference(patch_before, patch)
        entries = contents.values() if previous is None else entries_named(contents, fresh)
        return index_subdir(
            subdir,
            (entry for entry in entries if entry.record.subdir == subdir),
            info=terms.info,
            patch=patch,
            previous=previous,
            changed=fresh,
            digests=self._digests(subdir) if previous is None else {},
        )

    def _write(self, index: SubdirIndex) -> None:
        names = write_index(self._folder, index)
        self._written[index.subdir] = replace(index, new_shards={})
        for name in names:
            self._facts[f"{index.subdir}/{name}"] = self._facts_of(f"{index.subdir}/{name}")

    def _current(self, subdir: str, contents: Contents, terms: Terms) -> bytes | None:
        if not self._with_current:
            return None
        entries = [entry for entry in contents.values() if entry.record.subdir == subdir]
        return current_repodata(subdir, patched(entries, terms.patch_of(subdir)), info=terms.info)

    def _write_current(self, subdir: str, content: bytes | None) -> None:
        if content is not None:
            self._write_beside(f"{subdir}/{current.FILE}", (content,))

    def _write_summary(self, summary: SummedUp | None) -> None:
        if summary is not None:
            self._write_beside(channeldata.FILE, summary.blocks())
            self._summed_up = summary

    def _write_beside(self, name: str, blocks: Iterable[bytes]) -> None:
        write_blocks(self._folder / name, blocks)
        self._facts[name] = self._facts_of(name)

    def _digests(self, subdir: str) -> Mapping[str, bytes]:
        try:
            return read_shard_index((self._folder / subdir / SHARD_INDEX).read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _facts_of(self, name: str) -> list[int]:
        facts = (self._folder / name).stat()
        return [facts.st_size, facts.st_mtime_ns]

    def _marker(self) -> str:
        try:
            return (self._folder / MARKER).read_text()
        except (OSError, ValueError):
            return ""

    def _mark(self, snapshot: Snapshot) -> None:
        marked = json.dumps({"snapshot": snapshot.id, "boot": self._boot, "files": self._facts}, sort_keys=True)
        if marked != self._marked:
            write_atomically(self._folder / MARKER, marked.encode(), durable=False)
            self._marked = marked
        self._known = self._on_disk = snapshot.id


def _read_marked(text: str) -> tuple[int, dict[str, list[int]]]:
    """Read what a marker says: a snapshot's number, and the facts of files; nothing where it is lost or damaged."""
    try:
        marked = json.loads(text)
        return int(marked["snapshot"]), dict(marked["files"])
    except (ValueError, KeyError, TypeError):
        return 0, {}


def _anew(subdir: str, contents: Contents, terms: Terms) -> SubdirIndex:
    entries = (entry for entry in contents.values() if entry.record.subdir == subdir)
    return index_subdir(subdir, entries, info=terms.info, patch=terms.patch_of(subdir))
