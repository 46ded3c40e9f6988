"""Python package indexes, over HTTP (PEP 503 and PEP 691) or in a folder, asked for one file of a project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

import requests
from pypi_simple import (
    NoSuchProjectError,
    ProjectPage,
    PyPISimple,
    UnparsableFilenameError,
    UnsupportedContentTypeError,
    UnsupportedRepoVersionError,
    parse_filename,
)

from ownconda.errors import OutsideError, Where
from ownconda.pypi.names import normalized
from ownconda.wires.http import reached, redacted

_WEB = ("http", "https")
_ARCHIVES = frozenset({"sdist", "wheel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """A file that an index offers: its address (with credentials, if any) and the digests stated for it."""

    name: str
    url: str
    digests: Mapping[str, str]


def find_file(index: str, project: str, file_name: str, *, session: requests.Session) -> IndexFile | None:
    """Look on an index for a file of a project by its name; None when the index hasn't got it.

    ``index`` is the base address of a PEP 503 or PEP 691 index, or a folder (a path or a ``file://`` address)
    that holds such an index, or simply files. Raises OutsideError when it can't be reached or understood.
    """
    folder = _folder(index)
    if folder is None:
        return _find_on_web(index, project, file_name, session)
    return _find_in_folder(folder, project, file_name)


def guess_project(file_name: str, *, likely: str | None = None) -> str | None:
    """Guess the project that a source distribution or a wheel belongs to; None when it looks like neither.

    ``likely`` helps where the name alone can be read in more than one way.
    """
    try:
        project, _version, kind = parse_filename(file_name, likely)
    except UnparsableFilenameError:
        return None
    return project if kind in _ARCHIVES else None


def _folder(index: str) -> Path | None:
    parts = urlsplit(index)
    if parts.scheme in _WEB:
        return None
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(index).expanduser()


def _find_on_web(index: str, project: str, file_name: str, session: requests.Session) -> IndexFile | None:
    try:
        with reached(index):
            page = _page(index, project, session)
    except NoSuchProjectError:
        return None
    except (UnsupportedContentTypeError, UnsupportedRepoVersionError, ValueError) as error:
        raise _not_a_page(index, error) from error
    found = _named(page, file_name)
    if found is None or urlsplit(found.url).scheme not in _WEB:
        return None
    return IndexFile(name=found.name, url=_with_credentials(found.url, index), digests=found.digests)


def _page(index: str, project: str, session: requests.Session) -> ProjectPage:
    try:
        return PyPISimple(index, session=session).get_project_page(project)
    except requests.exceptions.InvalidJSONError as error:  # not a matter of reaching it
        raise _not_a_page(index, error) from error


def _find_in_folder(folder: Path, project: str, file_name: str) -> IndexFile | None:
    own = folder / normalized(project)
    try:
        if (own / "index.html").is_file():
            found = _named(_read_page(own / "index.html", project), file_name)
            if found is not None:
                return found
        return _present((own / file_name, folder / file_name))
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror or error}", where=Where(file=folder)) from error


def _read_page(path: Path, project: str) -> ProjectPage:
    try:
        return ProjectPage.from_html(project, path.read_bytes(), base_url=path.absolute().as_uri())
    except (UnsupportedRepoVersionError, ValueError) as error:
        raise _not_a_page(str(path), error) from error


def _named(page: ProjectPage, file_name: str) -> IndexFile | None:
    for package in page.packages:
        if package.filename == file_name:
            return IndexFile(name=file_name, url=package.url, digests=dict(package.digests))
    return None


def _present(candidates: Iterable[Path]) -> IndexFile | None:
    for path in candidates:
        if path.is_file():
            return IndexFile(name=path.name, url=path.absolute().as_uri(), digests={})
    return None


def _with_credentials(url: str, index: str) -> str:
    """Give a file on the index's own host the index's credentials, as pip does."""
    file, base = urlsplit(url), urlsplit(index)
    own_host = (file.scheme, file.hostname, file.port) == (base.scheme, base.hostname, base.port)
    if "@" in file.netloc or "@" not in base.netloc or not own_host:
        return url
    credentials = base.netloc.rpartition("@")[0]
    return urlunsplit(file._replace(netloc=f"{credentials}@{file.netloc}"))


def _not_a_page(index: str, error: Exception) -> OutsideError:
    return OutsideError(
        f"its answer isn't a project's page: {redacted(str(error)).splitlines()[0]}",
        where=Where(file=redacted(index)),
        hint="the address has to be an index's base (PEP 503), it often ends in /simple",
    )
