"""Archives looked through once: whether they may be unpacked, and when their newest member was made."""

import calendar
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.sources.members import DAMAGE, Format, Member, format_of, looks_like, members
from ownconda.sources.unpacking import judge
from ownconda.wires.files import write_atomically

EARLIEST = calendar.timegm((1980, 1, 2, 0, 0, 0))
"""Seconds since 1970. The first day of 1980 is what a zip archive says when it knows no time."""

RULES = 2
"""Raised when an archive might be judged otherwise than before: what is kept of older rules is looked at anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What an archive is: its newest member's time, why it mustn't be unpacked, and what is odd about it.

    ``newest`` is in seconds since 1970, None where no member has a time, and for what is no archive. ``top`` is the one
    folder that everything is in, if there is one.
    """

    newest: int | None = None
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    top: str = ""


def inspected(cache: Path, path: Path) -> Inspection:
    """Inspect an archive of the cache, or give what an earlier inspection of the same bytes found."""
    form = format_of(path.name)
    kept = cache / ".inspected" / f"{path.parent.name}.{form or 'file'}.json"
    found = _kept(kept)
    if found is None:
        found = inspect(path)
        with suppress(OutsideError):  # a cache that others fill may be read-only
            write_atomically(kept, json.dumps({"rules": RULES, **asdict(found)}).encode(), durable=False)
    return found


def inspect(path: Path, *, now: float | None = None) -> Inspection:
    """Look through a file. What the builder wouldn't unpack, going by its name, has no faults.

    A zip's times are taken as UTC; times after ``now`` and before 1980 are no times.
    """
    form = format_of(path.name)
    if form == "7z":
        return Inspection(faults=("what is in a .7z can't be checked",))
    times: list[int] = []
    tops: set[str] = set()
    try:
        verdict = judge(_noted(path, form or looks_like(path), times, tops), packed=path.stat().st_size)
    except DAMAGE as error:
        fault = f"it can't be read as {form}: {error or type(error).__name__}"
        return Inspection(faults=(fault,) if form else ())
    newest = _newest(times, now=time.time() if now is None else now)
    if not form:
        return Inspection(newest=newest)
    [top] = tops if len(tops) == 1 else [""]
    top = top.removesuffix("/") if top.endswith("/") else ""
    return Inspection(newest=newest, faults=verdict.faults, remarks=verdict.remarks, top=top)


def _noted(path: Path, form: Format, times: list[int], tops: set[str]) -> Iterator[Member]:
    """Go through the members, and note their times and what they are in: a folder's name ends with a slash."""
    for member in members(path, form):
        first, slash, _ = member.path.removeprefix("./").partition("/")
        times.append(member.time)
        if first not in {"", "."}:
            tops.add(f"{first}/" if slash or member.kind == "folder" else first)
        yield member


def _newest(times: Iterable[int], *, now: float) -> int | None:
    return max((when for when in times if EARLIEST <= when <= now), default=None)


def _kept(path: Path) -> Inspection | None:
    try:
        fields = json.loads(path.read_bytes())
        if fields.pop("rules") != RULES:
            return None
        faults, remarks = tuple(fields["faults"]), tuple(fields["remarks"])
        return Inspection(newest=fields["newest"], faults=faults, remarks=remarks, top=fields["top"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
