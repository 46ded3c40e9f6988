"""What may be wrong in a forge's folder, as values, and how each is put right."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.wires.files import make_folder

Cure = Callable[[], bool]
"""Puts something right as far as can be, and tells whether all is well then."""


class Fault(enum.StrEnum):
    """What is wrong with a file."""

    LEDGER = "ledger"
    MISSING = "missing"
    CHANGED = "changed"
    NO_LINK = "no link"
    ORPHANED = "orphaned"
    INDEX = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong: where, what, whether it was put right, and what to do otherwise."""

    fault: Fault
    place: str
    what: str
    mended: bool = False
    hint: str = ""


Found = tuple[Finding, Cure | None]
"""A finding, and what puts it right, if anything does."""


def finding(folder: ForgeFolder, fault: Fault, place: Path, what: str, hint: str = "") -> Finding:
    """Make a finding about a place in a forge's folder."""
    return Finding(fault=fault, place=str(place.relative_to(folder.root)), what=what, hint=hint)


def put_aside(folder: ForgeFolder, place: Path) -> bool:
    """Move what can't stay where it is to the forge's folder of lost and found things: nothing is deleted.

    It always tells that this is done.
    """
    target = folder.lost_and_found / place.relative_to(folder.root)
    make_folder(target.parent)
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{place.name}.{number}")
    place.replace(target)
    return True
