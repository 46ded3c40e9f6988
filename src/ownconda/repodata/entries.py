"""Entry: a Record in a channel, with what the channel knows of it."""

from dataclasses import dataclass

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.conda.records import Record

INDEXED = "indexed_timestamp"
ATTESTATIONS = "attestations_sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A Record that a channel lists, since when (``indexed_at``: milliseconds since 1970, CEP 47), and its sidecars.

    A yanked one isn't offered to clients any more, but its file stays (CEP 36's ``removed``).
    """

    record: Record
    indexed_at: int
    sidecars: Sidecars = NONE
    yanked: bool = False

    @property
    def path(self) -> str:
        """Where the file stands in the channel: ``<subdir>/<file name>``."""
        return self.record.path

    @property
    def is_conda(self) -> bool:
        """Tell whether the file is in the newer format, .conda; .tar.bz2 otherwise."""
        return self.record.file_name.endswith(".conda")

    @property
    def added_fields(self) -> dict[str, int | str]:
        """What the channel itself tells of the package in its indexes (CEP 47, CEP 50)."""
        signatures = self.sidecars.signatures
        return {INDEXED: self.indexed_at} | ({ATTESTATIONS: signatures} if signatures else {})
