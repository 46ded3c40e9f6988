"""A Python package index as a place of archives: looked for by file name on the project's page."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from ownconda.pypi.index import find_file, guess_project
from ownconda.sources.contents import NotHereError, Web
from ownconda.sources.places import Offer
from ownconda.sources.source import Source
from ownconda.wires.http import redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonIndex:
    """A PEP 503 or PEP 691 index, over HTTP or in a folder."""

    index: str
    web: Web

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return f"the Python package index {redacted(self.index)}"

    @property
    def is_folder(self) -> bool:
        """Tell whether no host is asked."""
        return urlsplit(self.index).scheme not in {"http", "https"}

    def project(self, source: Source) -> str | None:
        """Tell which project's page is looked at; None when the archive isn't one of Python's."""
        return source.python_project or guess_project(source.file_name, likely=source.package)

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give the file of that name.

        Where the project is only guessed, a file whose checksum the index itself gives otherwise is another
        archive of the same name, and isn't offered.
        """
        project = self.project(source)
        if project is None:
            raise NotHereError("its name isn't one of a Python archive")
        with self.web.reaching(self.index):
            found = find_file(self.index, project, source.file_name, session=self.web.session)
        if found is None:
            raise NotHereError(f"the project {project!r} has no such file there")
        wanted = source.checksum
        stated = found.digests.get(wanted.kind, wanted.digest)
        if source.python_project is None and stated != wanted.digest:
            raise NotHereError(f"its file of that name is another one ({wanted.kind} {stated})")
        yield Offer(address=redacted(found.url), open=partial(self.web.open, found.url))
