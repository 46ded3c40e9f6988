"""What Python's archives and their addresses are called, whichever index has them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PYTHON_SCHEME = "pypi"
CANONICAL = f"{PYTHON_SCHEME}://index"
"""The base address that stands in a recipe for whichever index is configured."""


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
