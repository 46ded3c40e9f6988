"""Entry: a Record in a channel, with what the channel knows of it."""

from dataclasses import dataclass

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.conda.records import Record


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
