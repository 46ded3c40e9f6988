"""Bytes kept by their sha256 in a bucket, with copies of what was in use on this machine."""

import contextlib
import hashlib
import tempfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.errors import OutsideError, Where
from ownconda.stores.bucket import AT_ONCE, Bucket
from ownconda.stores.directory import DirectoryStore
from ownconda.stores.store import Stored, lost
from ownconda.stores.taken import Arrivals, Taken
from ownconda.wires.files import disk_error, make_folder, sha256_of

ASKING = 16
"""Questions to the bucket at once."""

MANY = 200
"""From so many on, all that there is is listed (1,000 objects an answer) rather than asked for one by one."""

_FOLDER = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """A store in a ``bucket``: the bytes with the sha256 ``abcd…`` are the object ``files/ab/abcd…``.

    ``near`` has copies on this machine: of what came through it, and of what was asked for. They survive a power cut as
    they are, since nobody reads them again to see whether they are whole.
    """

    bucket: Bucket
    near: DirectoryStore
    taken: Arrivals = field(default_factory=Taken, repr=False, compare=False)

    def path_of(self, sha256: str) -> Path:  # noqa: D102  (Store tells)
        return self.near.path_of(sha256)

    def holds(self, sha256: str) -> bool:  # noqa: D102
        return self.bucket.find(key_of(sha256)) is not None

    def sizes(self, digests: Collection[str]) -> dict[str, int]:  # noqa: D102
        if len(digests) > MANY:
            wanted = frozenset(digests)
            return {one.sha256: one.size for one in self.stored() if one.sha256 in wanted}
        with ThreadPoolExecutor(ASKING) as pool:
            found = pool.map(lambda one: self.bucket.find(key_of(one)), digests)
            return {one: told.size for one, told in zip(digests, found, strict=True) if told is not None}

    def stored(self) -> Iterator[Stored]:  # noqa: D102
        for one in self.bucket.list(_FOLDER):
            yield Stored(one.key.rpartition("/")[2], one.size, one.at)

    def local(self, sha256: str) -> Path:  # noqa: D102
        place = self.near.path_of(sha256)
        if not place.is_file():
            with self._fetched(sha256, place.parent) as part:
                self.near.take(part, sha256)
        return place

    def copy_out(self, sha256: str, target: Path) -> None:  # noqa: D102
        if self.near.holds(sha256):
            self.near.copy_out(sha256, target)
        else:
            with self._fetched(sha256, target.parent) as part:
                part.replace(target)

    def digest_of(self, sha256: str) -> str:  # noqa: D102
        digest = hashlib.sha256()
        try:
            for chunk in self.bucket.chunks(key_of(sha256)):
                digest.update(chunk)
        except FileNotFoundError:
            return ""
        return digest.hexdigest()

    def forget(self, sha256: str) -> None:  # noqa: D102
        self.bucket.delete(key_of(sha256))

    def read(self, sha256: str) -> bytes:  # noqa: D102
        with contextlib.suppress(OutsideError):
            return self.near.read(sha256)
        return self.local(sha256).read_bytes()

    def take(self, source: Path, sha256: str) -> None:  # noqa: D102
        self.taken.note(sha256)
        try:
            self._put(source, sha256)
        except OSError as error:
            raise disk_error(error, source) from error
        self.near.take(source, sha256)

    def keep(self, content: bytes) -> str:  # noqa: D102
        sha256 = hashlib.sha256(content).hexdigest()
        self.taken.note(sha256)
        self.bucket.put_new(key_of(sha256), content)
        return self.near.keep(content)

    def discard(self, sha256: str) -> None:  # noqa: D102
        try:
            self.bucket.delete(key_of(sha256))
        finally:
            self.near.discard(sha256)

    def discard_unless_taken(self, sha256: str) -> bool:  # noqa: D102
        with self.taken.lately(sha256) as taken:
            if not taken:
                self.discard(sha256)
            return not taken

    def is_shown(self, sha256: str) -> bool:  # noqa: D102
        return self.near.is_shown(sha256)

    def show(self, files: Mapping[Path, str], *, durable: bool = True) -> None:  # noqa: D102
        near = {place: sha256 for place, sha256 in files.items() if self.near.holds(sha256)}
        far = {place: sha256 for place, sha256 in files.items() if place not in near}
        for sha256 in set(far.values()) - self.sizes(frozenset(far.values())).keys():
            raise lost(self._name(sha256))
        for place, sha256 in far.items():
            if not _shows(place, sha256):  # somebody may have asked for it meanwhile, and have it brought
                place.unlink(missing_ok=True)
        self.near.show(near, durable=durable)

    def not_shown(self, files: Mapping[Path, str]) -> dict[Path, str]:  # noqa: D102
        missing = self.near.not_shown(files)
        return {place: sha256 for place, sha256 in missing.items() if self.near.holds(sha256) or place.exists()}

    def _put(self, source: Path, sha256: str) -> None:
        key = key_of(sha256)
        if source.stat().st_size <= AT_ONCE:
            self.bucket.put_new(key, source.read_bytes())
        elif self.bucket.find(key) is None:
            self.bucket.put_file(key, source)

    @contextlib.contextmanager
    def _fetched(self, sha256: str, folder: Path) -> Iterator[Path]:
        """Fetch bytes that were kept elsewhere into a folder, and hold them against their sha256."""
        make_folder(folder)
        try:
            with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
                part = Path(beside) / "part"
                self.bucket.get_file(key_of(sha256), part)
                if sha256_of(part) != sha256:
                    raise OutsideError("isn't what its sha256 says", where=Where(file=self._name(sha256)))
                yield part
        except FileNotFoundError:
            raise lost(self._name(sha256)) from None
        except OSError as error:
            raise disk_error(error, folder) from error

    def _name(self, sha256: str) -> str:
        return f"{self.bucket.address}/{key_of(sha256)}"


def _shows(place: Path, sha256: str) -> bool:
    try:
        return sha256_of(place) == sha256
    except FileNotFoundError:
        return False


def key_of(sha256: str) -> str:
    """Give the key of the object with some bytes."""
    return f"{_FOLDER}/{sha256[:2]}/{sha256}"
