"""What a recipe says of an archive: addresses, checksum, file name, and hints where else it may be found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ownconda.errors import Where, WrongInputError
from ownconda.pypi.names import PYTHON_SCHEME, python_file
from ownconda.sources.checksums import Checksum, parse_checksum

APT_SOURCE = "apt-source"
LONGEST_FILE_NAME = 200

_SCHEMES = ("http", "https", "file", PYTHON_SCHEME, APT_SOURCE)
_DEBIAN_SOURCE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One archive: its addresses as the recipe writes them, its checksum, the name that its file goes by.

    ``python_project`` is set when it is written relative to the Python package index; ``debian_source`` is
    the Debian source package that has it; ``package`` is the recipe's package, for places that have to guess.
    """

    urls: tuple[str, ...]
    checksum: Checksum
    file_name: str
    python_project: str | None = None
    debian_source: str | None = None
    package: str | None = None

    @property
    def url(self) -> str:
        """The first address: the one to be told."""
        return self.urls[0]

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that can be opened as they stand."""
        return tuple(url for url in self.urls if urlsplit(url).scheme != APT_SOURCE and python_file(url) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another archive that may stand in for a source; ``note`` says which it is: Debian's, repacked."""

    url: str
    sha256: str
    note: str = ""


def parse_source(
    urls: str | Sequence[str],
    checksum: Checksum,
    *,
    package: str | None = None,
    debian_source: str | None = None,
    where: Where | None = None,
) -> Source:
    """Make a Source of a recipe's words.

    An address is http(s), ``file:``, ``apt-source:<Debian source package>/<file name>``, or one on the Python
    index, whichever that is: ``pypi://index/<project>/<file name>``. Raises WrongInputError at ``where`` for anything
    else.
    """
    addresses = (urls,) if isinstance(urls, str) else tuple(urls)
    try:
        return _parsed(addresses, checksum, package, debian_source)
    except WrongInputError as error:
        problem = error.problems[0]
        raise WrongInputError(problem.what, where=where, hint=problem.hint) from None


def alternative_source(alternative: Alternative, source: Source) -> Source:
    """Make a Source of an alternative; what ``source`` hints holds for it too."""
    checksum = parse_checksum(alternative.sha256)
    return parse_source(alternative.url, checksum, package=source.package, debian_source=source.debian_source)


def is_debian_source(name: str) -> bool:
    """Tell whether a Debian source package may be called so (Debian policy, 5.6.1)."""
    return bool(_DEBIAN_SOURCE.fullmatch(name))


def _parsed(urls: tuple[str, ...], checksum: Checksum, package: str | None, debian_source: str | None) -> Source:
    if not urls:
        raise WrongInputError("a source needs an address")
    file_names = [_file_name(url) for url in urls]
    python = python_file(urls[0])
    return Source(
        urls=urls,
        checksum=checksum,
        file_name=file_names[0],
        python_project=python.project if python else None,
        debian_source=_debian_source(urls, debian_source),
        package=package,
    )


def _file_name(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise WrongInputError(f"{url!r} isn't an address: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise WrongInputError(f"{url!r} can't be fetched", hint=f"use one of {', '.join(_SCHEMES)}")
    name = unquote(parts.path.rpartition("/")[2])
    unsafe = name.startswith(".") or any(letter in "/\\" or not letter.isprintable() for letter in name)
    if not name or unsafe or len(name.encode()) > LONGEST_FILE_NAME:
        raise WrongInputError(
            f"{url!r} doesn't end in a file's name", hint="the last part of its path names the archive"
        )
    return name


def _debian_source(urls: Sequence[str], hint: str | None) -> str | None:
    named = next((urlsplit(url).path for url in urls if urlsplit(url).scheme == APT_SOURCE), None)
    if named is not None and named.count("/") != 1:
        raise WrongInputError(
            f"{APT_SOURCE}:{named!s} isn't complete",
            hint=f"write {APT_SOURCE}:<Debian source package>/<file name>",
        )
    name = hint or (named.partition("/")[0] if named is not None else None)
    if name is not None and not is_debian_source(name):
        raise WrongInputError(f"{name!r} can't be a Debian source package's name")
    return name
