"""The journal: names and checksums written to a second place, so that they outlive the forge's folder.

It is told before the ledger: what it knows of and the ledger doesn't was never acknowledged, and does no harm.
"""

import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconda.channels.batches import Batch
from ownconda.channels.notes import Purged
from ownconda.conda.records import compact_json
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import disk_error, make_folder
from ownconda.wires.locks import lock

_appending = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A name that stands for one content, or one that was purged, by whom and why; ``at`` in ms since 1970.

    ``path`` is a package's, ``<subdir>/<file name>``, or where an installer or a source is below what clients see:
    ``conda/<channel>/<file name>``, ``sources/<checksum>/<file name>``, ``docs/<project>/<version>/<file name>``.
    """

    path: str
    sha256: str
    at: int
    purged: bool = False
    author: str = ""
    reason: str = ""

    @property
    def is_package(self) -> bool:
        """Tell whether it is of a package, not of what lies beside."""
        return self.path.count("/") == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A journal at ``path``, or one that keeps nothing."""

    path: Path | None = None

    def note(self, batch: Batch, *, known: Mapping[str, str]) -> None:
        """Write down the names that a batch takes for the first time, and what it purges, to survive a power cut.

        Raises OutsideError when the disk refuses.
        """
        if self.path is not None:
            notes = [note for draft in batch.drafts for note in draft.notes if isinstance(note, Purged)]
            self._append([*_fresh(batch, known), *_purged(notes)])

    def note_carried(self, names: Mapping[str, str], purged: Iterable[Purged], *, at: int) -> None:
        """Write down names, by their paths, and purges that come from another forge, to survive a power cut.

        Raises OutsideError when the disk refuses.
        """
        lines = [Line(path=path, sha256=sha256, at=at) for path, sha256 in names.items()]
        self._append([*lines, *_purged(purged)])

    def note_beside(self, places: Mapping[str, str], *, at: int) -> None:
        """Write down installers and sources that come, by their places, to survive a power cut.

        Raises OutsideError when the disk refuses.
        """
        self._append([Line(path=place, sha256=sha256, at=at) for place, sha256 in places.items()])

    def _append(self, lines: Iterable[Line]) -> None:
        written = "".join(f"{compact_json(_fields(line))}\n" for line in lines)
        if self.path is not None and written:
            _append(self.path, written.encode())


NO_JOURNAL = Journal()


def open_journal(path: Path | None) -> Journal:
    """Give the journal at a path, if there is to be one. Raises OutsideError when it can't be written."""
    if path is not None:
        make_folder(path.parent)
        _append(path, b"")
    return Journal(path=path)


def read_journal(path: Path) -> tuple[Line, ...]:
    """Read a journal, without what a kill or a power cut left half written.

    Raises WrongInputError when there is none.
    """
    try:
        texts = path.read_bytes().split(b"\n")
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=path)) from error
    lines = [line for text in texts if (line := _read(text)) is not None]
    if any(texts) and not lines:
        raise WrongInputError("isn't a journal of a forge", where=Where(file=path))
    return tuple(lines)


def _fresh(batch: Batch, known: Mapping[str, str]) -> Iterable[Line]:
    fresh: dict[str, Line] = {}
    for draft in batch.drafts:
        for entry in draft.change.added:
            if entry.path not in known:
                fresh[entry.path] = Line(path=entry.path, sha256=entry.record.sha256, at=draft.at)
    return fresh.values()


def _purged(notes: Iterable[Purged]) -> Iterable[Line]:
    for note in {note.path: note for note in notes}.values():
        yield Line(path=note.path, sha256=note.sha256, at=note.at, purged=True, author=note.author, reason=note.reason)


def _fields(line: Line) -> dict[str, Any]:
    fields: dict[str, Any] = {"at": line.at, "path": line.path, "sha256": line.sha256}
    return fields | ({"purged": True, "author": line.author, "reason": line.reason} if line.purged else {})


def _read(text: bytes) -> Line | None:
    try:
        line = Line(**json.loads(text))
    except (ValueError, TypeError):
        return None
    return line if "/" in str(line.path) else None


def _append(path: Path, content: bytes) -> None:
    try:
        with _appending, path.open("a+b") as file:
            lock(file, wait=True)  # other processes may write it as well
            if content and _is_torn(path):
                content = b"\n" + content
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise disk_error(error, path) from error


def _is_torn(path: Path) -> bool:
    """Tell whether a kill or a power cut came in the middle of a line."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
