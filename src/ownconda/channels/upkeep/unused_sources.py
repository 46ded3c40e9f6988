"""Which upstream archives a forge may let go: those that no kept package was made from, and nobody asks for."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.channels.upkeep.made_from import MadeFrom
from ownconda.sources.checksums import checksum_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource:
    """An archive as clients find it: its place, the checksum in its address, its bytes' sha256 and size, its age.

    ``sha256`` is empty where it isn't known, ``touched`` is when it came or was last asked for, in milliseconds since
    1970.
    """

    place: Path
    digest: str
    sha256: str
    size: int
    touched: int

    @property
    def name(self) -> str:
        """The address below /sources/."""
        return f"{self.place.parent.name}/{self.place.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What becomes of a forge's sources: which go, how many bytes all of them are, and why the others stay.

    ``unused`` are those that no kept package names.
    """

    going: tuple[KeptSource, ...] = ()
    unused: tuple[KeptSource, ...] = ()
    files: int = 0
    size: int = 0
    staying: tuple[str, ...] = field(default=())

    @property
    def freed(self) -> int:
        """Bytes that those take which go."""
        return sum({one.sha256 or one.name: one.size for one in self.going}.values())

    def fields(self) -> dict[str, object]:
        """Tell it for JSON."""
        return {
            "count": len(self.going),
            "size": self.freed,
            "going": [one.name for one in self.going],
            "staying": list(self.staying),
        }


def judged(sources: Iterable[KeptSource], needs: MadeFrom, *, before: int | None) -> Upstream:
    """Decide which sources go: those untouched since ``before`` (None: nothing goes) that no package names.

    Where a package doesn't say what it was made from, it may be any of them: all stay.
    """
    all_of_them = tuple(sources)
    unused = [one for one in all_of_them if needs.checksums.isdisjoint({one.digest, one.sha256})]
    old = [one for one in unused if before is not None and one.touched < before]
    going = () if needs.silent else tuple(old)
    return Upstream(
        going=going,
        unused=tuple(unused),
        files=len(all_of_them),
        size=sum(one.size for one in all_of_them),
        staying=tuple(_reasons(len(all_of_them), len(unused), len(old), needs, forever=before is None)),
    )


def kept_sources(folder: Path, lying: Mapping[str, str]) -> Iterable[KeptSource]:
    """Give the sources in a forge's folder; ``lying`` are the sha256 of what lies beside packages, by its place.

    What lies at an address that is none isn't told: nobody knows what it is.
    """
    for place in sorted(folder.glob("*/*")):
        checksum = checksum_at(place.parent.name)
        try:
            facts = place.stat()
        except FileNotFoundError:
            continue
        if checksum is not None and place.is_file():
            yield KeptSource(
                place=place,
                digest=checksum.digest,
                sha256=lying.get(f"sources/{place.parent.name}/{place.name}", ""),
                size=facts.st_size,
                touched=touched(facts),
            )


def touched(facts: os.stat_result) -> int:
    """Tell when a source came, or was last asked for, in milliseconds since 1970."""
    return max(facts.st_mtime_ns, facts.st_ctime_ns) // 1_000_000


def _reasons(everything: int, unused: int, old: int, needs: MadeFrom, *, forever: bool) -> Iterable[str]:
    """Tell why sources stay, for people."""
    if everything > unused:
        yield f"{everything - unused}: a kept package was made from them"
    if unused and forever:
        yield f"{unused}: no kept package was made from them; the setting forge.sources_kept lets them go after a time"
    elif old and needs.silent:
        yield f"{old}: {_silent(needs.silent)}"
    if not forever and unused > old:
        yield f"{unused - old}: no kept package was made from them, but they came or were asked for lately"


def _silent(packages: tuple[str, ...]) -> str:
    more = f" and {len(packages) - 1} other packages" if len(packages) > 1 else ""
    return f"no kept package names them, but nothing says what {packages[0]}{more} was made from"
