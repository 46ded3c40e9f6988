"""A Site: the documentation of one version of a project, and the note that says which pages it has."""

import json
from dataclasses import asdict, dataclass, fields

from ownconda.errors import OutsideError


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The documentation of one version.

    ``sha256`` is that of the archive that it came in, of the ``form`` zip or tar; ``at`` is when, in milliseconds since
    1970; ``size`` is what its ``files`` have together, in bytes.
    """

    project: str
    version: str
    sha256: str
    form: str
    title: str
    files: int
    size: int
    at: int
    author: str

    @property
    def archive(self) -> str:
        """Give the name that its archive has beside the note."""
        return f"{self.sha256}.{self.form}"

    def note(self) -> bytes:
        """Write it down."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def read_note(content: bytes) -> Site:
    """Read what was written down, also by a newer ownconda. Raises OutsideError for what is none."""
    try:
        told = json.loads(content)
        return Site(**{one.name: told[one.name] for one in fields(Site)})
    except (ValueError, KeyError, TypeError) as error:
        raise OutsideError("the note of a hosted documentation is damaged", hint="upload that version again") from error
