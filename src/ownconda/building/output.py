"""The channel on disk that builds go into: whole packages only, its index always up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownconda.building.documents import move_documents, remove_documents
from ownconda.building.locks import lock_beside
from ownconda.conda.package_files import read_package
from ownconda.errors import OutsideError, Problem, Where
from ownconda.repodata.channel_folder import read_channel, write_channel, write_index
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.wires.files import exclusive_lock, place, write_atomically

STATE = ".build"
"""Below a channel on disk: what belongs to building it and not to the channel. Logs, work under way, marks, a lock."""


class Output:
    """A folder of subdirs that is a channel. Open it with `output_folder()`, which keeps others out.

    What a power cut takes from it can be built again, so nothing waits for the disk, and a ``damaged`` file counts as
    not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: list[Problem] = []
        self._entries = {entry.path: entry for entry in read_channel(folder, damaged=self.damaged)}
        self._indexes = write_channel(folder, self._entries.values())
        self._untested = {path for path in self._entries if self._mark(path).exists()}

    @property
    def entries(self) -> dict[str, Entry]:
        """What the channel holds, by ``<subdir>/<file name>``."""
        return dict(self._entries)

    @property
    def state(self) -> Path:
        """The folder of what belongs to building and not to the channel."""
        return state_folder(self.folder)

    @property
    def logs(self) -> Path:
        """The folder of the builds' logs."""
        return self.folder / STATE / "logs"

    @property
    def work(self) -> Path:
        """The folder in which builds have their scratch folders."""
        return self.folder / STATE / "work"

    @property
    def kept(self) -> Path:
        """The folder in which builds' folders are kept for a look."""
        return self.folder / STATE / "kept"

    @property
    def lists_of_files(self) -> Path:
        """The folder in which packages' lists of files are kept, by the packages' digests."""
        return self.folder / STATE / "files"

    @property
    def url(self) -> str:
        """The channel's address for conda clients on this machine."""
        return self.folder.as_uri()

    def package(self, path: str) -> Path:
        """Give the file of an entry."""
        return self.folder / path

    @property
    def untested(self) -> frozenset[str]:
        """The entries whose tests have still to be run, by path; an interrupted build leaves some."""
        return frozenset(self._untested)

    def add(self, package: Path, *, now: int, tested: bool) -> Entry:
        """Move a package file in, whole, with its documents and its lock, and list it; ``now`` is in ms since 1970.

        Raises WrongInputError when the file isn't a sound package.
        """
        entry = Entry(record=read_package(package), indexed_at=now)
        if tested:
            self.mark_tested(entry.path)
        else:
            write_atomically(self._mark(entry.path), b"", durable=False)
            self._untested.add(entry.path)
        remove_documents(self.folder / entry.path)  # so that those of another build never stand beside this one
        lock = lock_beside(package)
        if lock.is_file():
            place(lock, lock_beside(self.folder / entry.path))
        place(package, self.folder / entry.path)
        move_documents(package, self.folder / entry.path)
        self._entries[entry.path] = entry
        self._write(entry)
        return entry

    def mark_tested(self, path: str) -> None:
        """Remember that a package has passed its tests."""
        self._untested.discard(path)
        self._mark(path).unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Unlist a package, then delete its file."""
        entry = self._entries.pop(path)
        self._write(entry)
        (self.folder / path).unlink(missing_ok=True)
        remove_documents(self.folder / path)
        lock_beside(self.folder / path).unlink(missing_ok=True)
        self.mark_tested(path)

    def _mark(self, path: str) -> Path:
        return self.folder / STATE / "untested" / f"{path}.mark"

    def _write(self, changed: Entry) -> None:
        subdir = changed.record.subdir
        members = [entry for entry in self._entries.values() if entry.record.subdir == subdir]
        index = index_subdir(subdir, members, previous=self._indexes.get(subdir), changed={changed.record.name})
        write_index(self.folder, index)
        self._indexes[subdir] = index


def state_folder(folder: Path) -> Path:
    """Give the folder below a channel on disk that holds what belongs to building it."""
    return folder.resolve() / STATE


@contextmanager
def output_folder(folder: Path) -> Iterator[Output]:
    """Open a channel on disk for building into it; one build at a time.

    Raises OutsideError when another build has it, or when it can't be written to.
    """
    busy = OutsideError(
        "another build is working in this folder",
        where=Where(file=folder),
        hint="wait for it, or choose another --output",
    )
    folder = folder.resolve()
    with exclusive_lock(folder / STATE / "lock", busy=busy):
        yield Output(folder)
