"""What Python's archives and their addresses are called, whichever index has them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT, UnparsableFilenameError, parse_filename

CANONICAL = PYPI_SIMPLE_ENDPOINT.rstrip("/")
"""The base address that stands in a recipe for whichever index is configured; without a slash at its end."""

_ARCHIVES = frozenset({"sdist", "wheel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFile:
    """A file of a project, on any index."""

    project: str
    file_name: str


def python_file(url: str) -> PythonFile | None:
    """Take ``<canonical base>/<project>/<file name>`` apart; None when it is another address."""
    if not url.startswith(f"{CANONICAL}/"):
        return None
    parts = urlsplit(url.removeprefix(f"{CANONICAL}/")).path.split("/")
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004  (project, file name)
        return None
    project, file_name = parts
    return PythonFile(project=unquote(project), file_name=unquote(file_name))


def normalized(project: str) -> str:
    """Spell a project's name as indexes do in their addresses (PEP 503)."""
    return re.sub(r"[-_.]+", "-", project).lower()


def guess_project(file_name: str, *, likely: str | None = None) -> str | None:
    """Guess the project that a source distribution or a wheel belongs to; None when it looks like neither.

    ``likely`` helps where the name alone can be read in more than one way.
    """
    try:
        project, _version, kind = parse_filename(file_name, likely)
    except UnparsableFilenameError:
        return None
    return project if kind in _ARCHIVES else None
