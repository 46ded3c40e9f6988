"""What any store of bytes can do, wherever they lie."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ownconda.errors import OutsideError, Where
from ownconda.stores.taken import Arrivals

if TYPE_CHECKING:
    from ownconda.stores.directory import DirectoryStore


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are kept: their sha256, how many, and since when, in milliseconds since 1970."""

    sha256: str
    size: int
    at: int


class Store(Protocol):
    """Bytes kept by their sha256, and shown on this machine's disk under names; usable from any thread.

    Every method but `path_of` raises OutsideError when what keeps the bytes refuses.
    """

    @property
    def taken(self) -> Arrivals:
        """What was brought lately."""

    @property
    def near(self) -> "DirectoryStore":
        """What of it is on this machine."""

    def path_of(self, sha256: str) -> Path:
        """Give the place of some bytes on this machine, whether they are there or not."""

    def holds(self, sha256: str) -> bool:
        """Tell whether these bytes are kept."""

    def sizes(self, digests: Collection[str]) -> dict[str, int]:
        """Give the bytes of each of these that is kept."""

    def stored(self) -> Iterator[Stored]:
        """Tell all bytes that are kept."""

    def local(self, sha256: str) -> Path:
        """Give a file on this machine with these bytes, and have it brought here if need be; also where none keeps it.

        Raises OutsideError when they aren't kept.
        """

    def copy_out(self, sha256: str, target: Path) -> None:
        """Let a place outside become a file with these bytes, which may be a link. Raises OutsideError."""

    def digest_of(self, sha256: str) -> str:
        """Read what is kept as these bytes to its end, and give its sha256; nothing where there is none."""

    def forget(self, sha256: str) -> None:
        """Keep bytes no more that aren't what they should be; copies on machines stay, and can be taken again."""

    def read(self, sha256: str) -> bytes:
        """Give the bytes of this sha256. Raises OutsideError when they aren't kept."""

    def take(self, source: Path, sha256: str) -> None:
        """Keep a file of this machine, which is moved away; afterwards its bytes survive a power cut.

        Its sha256 is believed.
        """

    def keep(self, content: bytes) -> str:
        """Keep some bytes, to survive a power cut, and give their sha256."""

    def discard(self, sha256: str) -> None:
        """Let the bytes of this sha256 be no more; where they are shown they stay."""

    def discard_unless_taken(self, sha256: str) -> bool:
        """Let bytes be no more, unless they were taken lately; tell whether they are gone."""

    def is_shown(self, sha256: str) -> bool:
        """Tell whether these bytes are shown somewhere on this machine as a link."""

    def show(self, files: Mapping[Path, str], *, durable: bool = True) -> None:
        """Let each place be the file with the bytes of its sha256, whole from the first moment on.

        What was in a place is replaced; what isn't ``durable`` may be lost by a power cut. A store elsewhere shows
        what is near, and the rest by `local` when somebody asks for it. Raises OutsideError for bytes that aren't kept.
        """

    def not_shown(self, files: Mapping[Path, str]) -> dict[Path, str]:
        """Give those places in which the bytes of their sha256 should be shown and aren't, or were cut short since."""


class LostError(OutsideError):
    """Bytes aren't there which somebody relied on."""


def lost(what: Path | str) -> LostError:
    """Say which."""
    return LostError("the store has lost this file", where=Where(file=what))
