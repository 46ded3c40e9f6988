"""A folder of archives: ``<folder>/<checksum>/<file name>`` or ``<folder>/<file name>``."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.sources.contents import Content, NotHereError, open_file
from ownconda.sources.places import Offer
from ownconda.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A folder, a network share, or another machine's cache."""

    path: Path

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return f"the folder {self.path}"

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give the files that go by the archive's name, the one under its checksum first."""
        if not self.path.is_dir():
            raise OutsideError("there is no such folder", hint="check the setting sources.mirrors")
        candidates = (self.path / source.checksum.label / source.file_name, self.path / source.file_name)
        present = [path for path in candidates if path.is_file()]
        if not present:
            raise NotHereError("it has no file of that name")
        for path in present:
            yield Offer(address=str(path), open=partial(_open, path))


def _open(path: Path, _start: int = 0) -> AbstractContextManager[Content]:
    return open_file(path)
