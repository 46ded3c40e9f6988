"""The parts of media: bytes cut into files of at most some size, and put together again."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ownconda.channels.transfers.media import MANIFEST, SIGNATURE, Manifest, Part, Piece
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.wires.files import CHUNK, disk_error, make_folder, sha256_of

Taking = Callable[[Piece, Iterator[bytes]], None]
_PART = "part-"


class Parts:
    """Writes bytes into parts of at most ``most`` bytes (0: one part) in an empty folder, and syncs each to disk."""

    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder, self._most = folder, most
        self._done: list[Part] = []
        self._open: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Self:
        make_folder(self._folder)
        _check_empty(self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.close()

    def write(self, chunk: bytes) -> None:
        """Write bytes behind those before. Raises OutsideError when the disk refuses."""
        try:
            while chunk:
                if self._open is None:
                    self._open = self._path(len(self._done) + 1).open("wb")
                taken = chunk[: self._most - self._size] if self._most else chunk
                self._open.write(taken)
                self._digest.update(taken)
                self._size += len(taken)
                chunk = chunk[len(taken) :]
                if self._size == self._most:
                    self._close()
        except OSError as error:
            raise disk_error(error, self._folder) from error

    def finish(self) -> tuple[Part, ...]:
        """Give what was written."""
        if self._open is not None:
            self._close()
        return tuple(self._done)

    def _close(self) -> None:
        if self._open is not None:
            self._open.flush()
            os.fsync(self._open.fileno())
            self._open.close()
        name = self._path(len(self._done) + 1).name
        self._done.append(Part(name=name, sha256=self._digest.hexdigest(), size=self._size))
        self._open, self._digest, self._size = None, hashlib.sha256(), 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{_PART}{number:04}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A manifest, with the places of its parts, all of which were read and are what it says."""

    manifest: Manifest
    places: tuple[Path, ...]


def check_parts(manifest: Manifest, folders: Sequence[Path]) -> Media:
    """Read all parts, wherever they lie, to their end. Raises WrongInputError that tells all that is wrong."""
    places = {part.name: _found(part, folders) for part in manifest.parts}
    problems = [problem for part in manifest.parts if (problem := _wrong(part, places[part.name], folders))]
    if problems:
        raise WrongInputError.of(problems)
    return Media(manifest=manifest, places=tuple(place for place in places.values() if place is not None))


def each_piece(media: Media, wanted: Collection[str], take: Taking) -> None:
    """Give the bytes of each wanted piece to somebody; others are passed over."""
    with _Stream(media.places) as stream:
        for piece in media.manifest.pieces:
            if piece.sha256 in wanted:
                take(piece, stream.pieces(piece.size))
            else:
                stream.skip(piece.size)


class _Stream(AbstractContextManager["_Stream"]):
    """Files read one after the other as if they were one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._stack = ExitStack()
        self._files = iter(paths)
        self._file: IO[bytes] | None = None

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def pieces(self, size: int) -> Iterator[bytes]:
        while size:
            chunk = self._current().read(min(size, CHUNK))
            if not chunk:
                self._next()
                continue
            size -= len(chunk)
            yield chunk

    def skip(self, size: int) -> None:
        while size:
            file = self._current()
            at, end = file.tell(), file.seek(0, 2)
            step = min(size, end - at)
            file.seek(at + step)
            size -= step
            if size:
                self._next()

    def _current(self) -> IO[bytes]:
        if self._file is None:
            self._next()
        if self._file is None:
            raise WrongInputError("the parts end before what they hold does")
        return self._file

    def _next(self) -> None:
        self._stack.close()
        path = next(self._files, None)
        self._file = None if path is None else self._stack.enter_context(path.open("rb"))
        if path is None:
            raise WrongInputError("the parts end before what they hold does")


def _found(part: Part, folders: Sequence[Path]) -> Path | None:
    return next((folder / part.name for folder in folders if (folder / part.name).is_file()), None)


def _wrong(part: Part, place: Path | None, folders: Sequence[Path]) -> Problem | None:
    if place is None:
        hint = "name the folders of all media that belong together"
        return Problem(what="is missing", where=Where(file=folders[0] / part.name), hint=hint)
    try:
        if place.stat().st_size == part.size and sha256_of(place) == part.sha256:
            return None
    except OSError as error:
        return Problem(what=f"can't be read: {error.strerror}", where=Where(file=place))
    return Problem(what="isn't what the manifest says", where=Where(file=place), hint="copy it again, or export anew")


def _check_empty(folder: Path) -> None:
    """Check that nothing is there but what an interrupted export left, and remove that."""
    there = list(folder.iterdir())
    if any(not one.name.startswith((_PART, SIGNATURE)) for one in there):
        hint = "choose an empty or a new folder"
        what = "holds an export already" if (folder / MANIFEST).exists() else "holds something else"
        raise WrongInputError(what, where=Where(file=folder), hint=hint)
    for one in there:
        one.unlink()
