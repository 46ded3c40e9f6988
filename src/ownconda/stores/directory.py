"""Bytes kept by their sha256 in a directory, and shown elsewhere under a name as a hard link."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.stores.store import Stored, lost
from ownconda.stores.taken import Arrivals, Taken
from ownconda.wires.files import BESIDE, disk_error, link_or_copy, sha256_of, write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryStore:
    """A store at ``root``: the bytes with the sha256 ``abcd…`` are the file ``root/ab/abcd…``."""

    root: Path
    taken: Arrivals = field(default_factory=Taken, repr=False, compare=False)

    @property
    def near(self) -> "DirectoryStore":
        """What of it is on this machine: all."""
        return self

    def path_of(self, sha256: str) -> Path:
        """Give the place of some bytes, whether they are there or not."""
        return self.root / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Tell whether these bytes are kept."""
        return self.path_of(sha256).is_file()

    def sizes(self, digests: Collection[str]) -> dict[str, int]:
        """Give the bytes of each of these that is kept."""
        found: dict[str, int] = {}
        for one in digests:
            with contextlib.suppress(FileNotFoundError):
                found[one] = self.path_of(one).stat().st_size
        return found

    def local(self, sha256: str) -> Path:
        """Give the file with these bytes. Raises OutsideError when they aren't kept."""
        kept = self.path_of(sha256)
        if not kept.is_file():
            raise lost(kept)
        return kept

    def copy_out(self, sha256: str, target: Path) -> None:
        """Let a place outside become a file with these bytes. Raises OutsideError when they aren't kept."""
        with _told(target):
            link_or_copy(self.local(sha256), target)

    def digest_of(self, sha256: str) -> str:
        """Read what is kept as these bytes to its end, and give its sha256; nothing where there is none."""
        kept = self.path_of(sha256)
        with _told(kept):
            return sha256_of(kept) if kept.is_file() else ""

    def forget(self, sha256: str) -> None:
        """Keep bytes no more that aren't what they should be."""
        self.discard(sha256)

    def is_shown(self, sha256: str) -> bool:
        """Tell whether these bytes are shown somewhere as a link. Raises OutsideError when the disk refuses."""
        kept = self.path_of(sha256)
        with _told(kept):
            return kept.is_file() and kept.stat().st_nlink > 1

    def places(self) -> Iterator[Path]:
        """Give the places of all bytes that are kept."""
        return (path for path in self.root.glob("??/*") if not path.name.startswith("."))

    def stored(self) -> Iterator[Stored]:
        """Tell all bytes that are kept."""
        for place in self.places():
            with contextlib.suppress(FileNotFoundError):  # somebody removed it meanwhile
                facts = place.stat()
                yield Stored(place.name, facts.st_size, max(facts.st_mtime_ns, facts.st_ctime_ns) // 1_000_000)

    def take(self, source: Path, sha256: str) -> None:
        """Move a file of the same file system into the store; afterwards its bytes survive a power cut.

        Its sha256 is believed. Raises OutsideError when the disk refuses.
        """
        target = self.path_of(sha256)
        self.taken.note(sha256)
        with _told(target):
            if target.is_file():
                source.unlink()
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            source.chmod(0o644)
            _sync(source)
            source.replace(target)
            _sync(target.parent)

    def keep(self, content: bytes) -> str:
        """Put some bytes into the store, to survive a power cut, and give their sha256.

        Raises OutsideError when the disk refuses.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path_of(sha256)
        self.taken.note(sha256)
        if not target.is_file():
            write_atomically(target, content)
            with _told(target):
                _sync(target.parent)
        return sha256

    def discard(self, sha256: str) -> None:
        """Let the bytes of this sha256 be no more; where they are shown they stay. Raises OutsideError."""
        kept = self.path_of(sha256)
        with _told(kept):
            kept.unlink(missing_ok=True)

    def discard_unless_taken(self, sha256: str) -> bool:
        """Let bytes be no more, unless they were taken lately; tell whether they are gone. Raises OutsideError."""
        with self.taken.lately(sha256) as taken:
            if not taken:
                self.discard(sha256)
            return not taken

    def read(self, sha256: str) -> bytes:
        """Give the bytes of this sha256. Raises OutsideError when they aren't there."""
        kept = self.path_of(sha256)
        try:
            return kept.read_bytes()
        except OSError as error:
            raise lost(kept) from error

    def show(self, files: Mapping[Path, str], *, durable: bool = True) -> None:
        """Let each place be the file with the bytes of its sha256, whole from the first moment on.

        What was in a place is replaced; what isn't ``durable`` may be lost by a power cut. Raises OutsideError when
        bytes aren't in the store or the disk refuses.
        """
        for place, sha256 in files.items():
            with _told(place):
                self._show(place, self.path_of(sha256))
        for folder in {place.parent for place in files} if durable else ():
            with _told(folder):
                _sync(folder)

    def not_shown(self, files: Mapping[Path, str]) -> dict[Path, str]:
        """Give those places in which the bytes of their sha256 aren't shown, or were cut short since."""
        return {place: sha256 for place, sha256 in files.items() if not _same_size(place, self.path_of(sha256))}

    def _show(self, place: Path, kept: Path) -> None:
        if not kept.exists():
            raise lost(kept)
        if not place.exists():
            link_or_copy(kept, place)
        elif not place.samefile(kept):
            with tempfile.TemporaryDirectory(dir=place.parent, prefix=BESIDE) as beside:
                fresh = Path(beside) / "file"
                link_or_copy(kept, fresh)
                fresh.replace(place)


def _same_size(place: Path, kept: Path) -> bool:
    try:
        return place.stat().st_size == kept.stat().st_size
    except OSError:
        return False


def _sync(path: Path) -> None:
    """Have the disk write what it was given for a file, or for the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what the disk refused as an error of ours."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error
