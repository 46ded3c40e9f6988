"""How two contents of a file differ, told so that a person sees the cause. Pure.

Text is told by its lines, an ELF file by its sections, an archive by its members, anything else by its bytes.
"""

import difflib
import io
import itertools
import re
import struct
from collections.abc import Sequence

from ownconda.building import elf
from ownconda.building.archive_parts import Part, parts_of

MOST_LINES = 24
"""How many lines are told of one difference."""

LONGEST_LINE = 200
DEEPEST = 4
"""How many archives may lie within each other."""

LARGEST_TEXT = 1 << 20  # bytes that are compared line by line
_SHORTEST_STRING = 5
_BYTES_A_ROW = 16
_STRINGS = re.compile(rb"[\x20-\x7e\t]{%d,}" % _SHORTEST_STRING)


def differences(name: str, one: bytes, other: bytes, *, depth: int = 0) -> list[str]:
    """Tell in lines how two contents of the file ``name`` differ; nothing when they don't."""
    if one == other:
        return []
    if depth < DEEPEST:
        parts, others = parts_of(name, one), parts_of(name, other)
        if parts is not None and others is not None:
            return _bounded(_archives(parts, others, depth) or _bytes(one, other))
    if one.startswith(elf.MAGIC) and other.startswith(elf.MAGIC):
        return _bounded(_elf_files(one, other) or _bytes(one, other))
    lines, others_lines = _text(one), _text(other)
    if lines is not None and others_lines is not None:
        return _bounded(_texts(lines, others_lines) or _bytes(one, other))
    return _bounded(_bytes(one, other))


def _archives(one: Sequence[Part], other: Sequence[Part], depth: int) -> list[str]:
    names, others = [part.name for part in one], [part.name for part in other]
    told = [f"only in the first: {name}" for name in names if name not in set(others)]
    told += [f"only in the second: {name}" for name in others if name not in set(names)]
    if not told and names != others:
        told.append("the members stand in another order")
    there = {part.name: part for part in other}
    for part in one:
        if part.name in there:
            told += _members(part, there[part.name], depth)
    return told


def _members(one: Part, other: Part, depth: int) -> list[str]:
    about = [f"- {one.about}", f"+ {other.about}"] if one.about != other.about else []
    inside = about + differences(one.name, one.content, other.content, depth=depth + 1)
    return [f"{one.name}:", *(f"  {line}" for line in inside)] if inside else []


# ELF files


def _elf_files(one: bytes, other: bytes) -> list[str]:
    try:
        sections, others = _sections(one), _sections(other)
    except (ValueError, struct.error):
        return []
    told = [f"only in the first: section {name}" for name in sorted(sections.keys() - others.keys())]
    told += [f"only in the second: section {name}" for name in sorted(others.keys() - sections.keys())]
    for name, content in sections.items():
        if name in others and others[name] != content:
            told += [f"section {name}:", *(f"  {line}" for line in _section(content, others[name]))]
    return told


def _sections(content: bytes) -> dict[str, bytes]:
    read = elf.read_elf(io.BytesIO(content))
    return {
        f"{one.name}{f' ({number})' if number else ''}": b"".join(read.content(one)) if one.size else b""
        for name, group in itertools.groupby(sorted(read.sections, key=lambda one: one.name), lambda one: one.name)
        for number, one in enumerate(group)
    }


def _section(one: bytes, other: bytes) -> list[str]:
    """Tell how a section differs: the strings that only one of the two has, else the first bytes."""
    size = [f"{len(one)} bytes, {len(other)} bytes"] if len(one) != len(other) else []
    return size + (_strings(one, other) or _bytes(one, other))


def _strings(one: bytes, other: bytes) -> list[str]:
    strings, others = set(_STRINGS.findall(one)), set(_STRINGS.findall(other))
    gone, new = sorted(strings - others), sorted(others - strings)
    half = MOST_LINES // 4
    return [f"{sign} {_short(text.decode())}" for sign, texts in (("-", gone), ("+", new)) for text in texts[:half]]


# Text and bytes


def _text(content: bytes) -> list[str] | None:
    if len(content) > LARGEST_TEXT or b"\0" in content:
        return None
    try:
        return content.decode().splitlines()
    except UnicodeDecodeError:
        return None


def _texts(one: Sequence[str], other: Sequence[str]) -> list[str]:
    compared = difflib.unified_diff(one, other, n=1, lineterm="")
    return [_short(line) for line in itertools.islice(compared, 2, None)]  # without the two names


def _bytes(one: bytes, other: bytes) -> list[str]:
    place = first_difference(one, other)
    size = [f"{len(one)} bytes, {len(other)} bytes"] if len(one) != len(other) else []
    start = max(0, place - place % _BYTES_A_ROW)
    rows = [f"{sign} {_row(content[start:][:_BYTES_A_ROW])}" for sign, content in (("-", one), ("+", other))]
    return [*size, f"from byte {place} on:", *rows]


def first_difference(one: bytes, other: bytes) -> int:
    """Give the place of the first byte that differs."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # comparing halves is quicker than comparing bytes
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _row(content: bytes) -> str:
    shown = "".join(letter if letter.isascii() and letter.isprintable() else "." for letter in content.decode("latin1"))
    return f"{content.hex(' ')}  {shown}"


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def _bounded(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "…"]
