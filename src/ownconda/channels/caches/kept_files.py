"""The packages that a cache keeps: links where clients download, each with a note of its sha256 and its last use."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.stores.directory import DirectoryStore
from ownconda.wires.files import disk_error, write_atomically

NOTES = ".kept"
SECONDS_BETWEEN_NOTES = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A package that the cache ``cache`` keeps: the note of it, and the place where clients download it."""

    cache: str
    note: Path
    place: Path

    @property
    def path(self) -> str:
        """Where it stands in the cache: ``<subdir>/<file name>``."""
        return f"{self.place.parent.name}/{self.place.name}"

    @property
    def sha256(self) -> str:
        """What its content is; empty when it isn't kept."""
        try:
            return self.note.read_text() if self.place.is_file() else ""
        except OSError:
            return ""

    @property
    def size(self) -> int:
        """Its bytes; 0 when it isn't kept."""
        try:
            return self.place.stat().st_size
        except OSError:
            return 0

    @property
    def used(self) -> int:
        """When somebody asked for it last, to the hour, in milliseconds since 1970."""
        try:
            return self.note.stat().st_mtime_ns // 1_000_000
        except OSError:
            return 0

    def show(self, store: DirectoryStore, sha256: str) -> None:
        """Let clients find the bytes of this sha256, which the store has. Raises OutsideError."""
        store.show({self.place: sha256}, durable=False)
        write_atomically(self.note, sha256.encode(), durable=False)

    def use(self) -> None:
        """Note that somebody asks for it; a disk that is full or can't be written to keeps nobody from reading."""
        with contextlib.suppress(OSError):
            if time.time() - self.note.stat().st_mtime > SECONDS_BETWEEN_NOTES:
                os.utime(self.note)

    def drop(self) -> None:
        """Let clients find it no more. Raises OutsideError."""
        try:
            self.place.unlink(missing_ok=True)
            self.note.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, self.place) from error


def kept_file(folder: ForgeFolder, cache: str, subdir: str, name: str) -> KeptFile:
    """Give a package of a cache, whether it is kept or not."""
    return KeptFile(
        cache=cache,
        note=folder.caches / cache / subdir / NOTES / name,
        place=folder.channel(cache) / subdir / name,
    )


def kept_files(folder: ForgeFolder, cache: str = "*", subdir: str = "*") -> Iterator[KeptFile]:
    """Give all packages that caches keep, or those of one cache, or of one of its subdirs."""
    for note in folder.caches.glob(f"{cache}/{subdir}/{NOTES}/*"):
        if not note.name.startswith("."):
            yield kept_file(folder, note.parents[2].name, note.parents[1].name, note.name)
