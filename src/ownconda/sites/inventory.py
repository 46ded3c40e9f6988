"""The inventory that Sphinx leaves beside its pages, ``objects.inv``: what a site calls itself, and what it explains.

Its format, version 2, is what `sphinx.util.inventory` writes: four lines of text, then compressed lines of
``name domain:role priority address title``, in which a ``$`` at the address's end and a ``-`` stand for the name.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

INVENTORY = "objects.inv"
LARGEST = 8 << 20
"""Bytes that are read of an inventory."""

LONGEST_LINE = 1000
"""Characters of a line: what finds its parts takes a square of it."""

_HEAD = re.compile(rb"# Sphinx inventory version 2\n# Project: (?P<project>.*)\n# Version: .*\n.*\n")
_LINE = re.compile(r"(?P<name>.+?) (?P<role>[^\s:]+:\S+) -?\d+ (?P<address>\S*) (?P<title>.*)")
_PAGES = "std:doc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Something that a page explains: a class, an option, a heading, or the ``page`` itself; where, from the site."""

    title: str
    kind: str
    address: str

    @property
    def is_page(self) -> bool:
        """Tell whether it is a page as a whole."""
        return self.kind == _PAGES


def title_of(inventory: bytes) -> str:
    """Give the name of the project that an inventory tells; empty where it is none."""
    head = _HEAD.match(inventory)
    title = head["project"].decode(errors="replace").strip() if head else ""
    return title if title.isprintable() else ""


def explained(inventory: bytes) -> Iterator[Explained]:
    """Go through what an inventory lists, pages and all else; nothing where it is damaged."""
    head = _HEAD.match(inventory)
    try:
        packed = inventory[head.end() :] if head else b""
        text = zlib.decompressobj().decompress(packed, LARGEST).decode(errors="replace")
    except zlib.error:
        return
    for line in text.splitlines():
        found = _LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
        if found is not None:
            yield _explained(found)


def _explained(line: re.Match[str]) -> Explained:
    name, address, title = line["name"], line["address"], line["title"]
    return Explained(
        title=name if title == "-" else title,
        kind=line["role"],
        address=address[:-1] + name if address.endswith("$") else address,
    )
