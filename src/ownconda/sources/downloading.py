"""One archive taken from one address: gone on with where it broke off, until its checksum says that it is right."""

import time
from dataclasses import dataclass
from typing import IO, Literal

from ownconda.errors import OutsideError
from ownconda.sources.checksums import Checksum
from ownconda.sources.places import Offer
from ownconda.sources.source import Source
from ownconda.wires.files import CHUNK
from ownconda.wires.http import BrokenOffError
from ownconda.wires.progress import Progress

TRIES = 4
PAUSE = 0.1
"""Seconds before the second try; each further pause is twice as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an address didn't give an archive; ``got`` is the digest of other bytes that it gave."""

    reason: str
    got: str | None = None


class Part:
    """What has come of an archive so far: a file that grows, its size in bytes, and its checksum."""

    def __init__(self, file: IO[bytes], wanted: Checksum) -> None:
        self._file, self._wanted = file, wanted
        self._digest = wanted.taken()
        self.size = 0
        file.seek(0)
        while chunk := file.read(CHUNK):
            self._count(chunk)

    @property
    def digest(self) -> str:
        """The digest of what is there, of the kind that is asked for."""
        return self._digest.hexdigest()

    def is_right(self) -> bool:
        """Tell whether what is there is what is asked for."""
        return self.digest == self._wanted.digest

    def add(self, chunk: bytes) -> None:
        """Write what came next."""
        self._file.write(chunk)
        self._count(chunk)

    def clear(self) -> None:
        """Begin anew."""
        self._file.truncate(0)
        self._digest, self.size = self._wanted.taken(), 0

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)


def download(offer: Offer, source: Source, part: Part, progress: Progress) -> Refusal | None:
    """Bring ``part`` to the archive that ``source`` asks for, and give None; or tell why the offer couldn't.

    What was there before may be of another file, and so may what a server gives in the middle: where the checksum
    comes out wrong after a continuation, all of it is asked for once more. What broke off stays in ``part``; wrong
    bytes don't. What the disk refuses is left to the caller.
    """
    if part.is_right():
        return None
    came = _transferred(offer, part, source, progress)
    if came == "in pieces" and not part.is_right():
        part.clear()
        came = _transferred(offer, part, source, progress)
    if isinstance(came, Refusal):
        return came
    if part.is_right():
        return None
    got = part.digest
    part.clear()
    return Refusal(reason=f"expected {source.checksum}, got {got}", got=got)


def _transferred(
    offer: Offer, part: Part, source: Source, progress: Progress
) -> Literal["in one go", "in pieces"] | Refusal:
    """Transfer to the end, and tell how it came; or why there is no end."""
    reason = ""
    for number in range(TRIES):
        time.sleep(PAUSE * 2 ** (number - 1) if number else 0)
        try:
            begun_at = _stream(offer, part, source, progress)
        except BrokenOffError as error:
            reason = error.problems[0].what
        except OutsideError as error:
            return Refusal(reason=error.problems[0].what)
        else:
            return "in pieces" if begun_at else "in one go"
    return Refusal(reason=f"{reason} ({TRIES} tries; the {part.size} bytes that came are kept)")


def _stream(offer: Offer, part: Part, source: Source, progress: Progress) -> int:
    """Stream from where the part ends; give the byte at which that was."""
    with offer.open(part.size) as content, progress.bar(source.file_name, content.size, unit="bytes") as bar:
        bar.say(offer.address)
        if content.start != part.size:
            part.clear()
        if content.start != part.size:
            raise BrokenOffError("the server gives another part of it than it was asked for")
        bar.advance(content.start)
        for chunk in content.chunks:
            part.add(chunk)
            bar.advance(len(chunk))
    return content.start
