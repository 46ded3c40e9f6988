"""How two contents of a file differ, told so that a person sees the cause. Pure.

Text is told by its lines, an ELF file by its sections, an archive by its members, anything else by its bytes.
"""

import bz2
import difflib
import gzip
import io
import itertools
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ownconda.building import elf
from ownconda.building.sealed_content import ARCHIVE_HEADER, ARCHIVE_MAGIC, GZIP_MAGIC, PYC_HEADER, ZIP_MAGIC
from ownconda.wires.zstandard import zstd

MOST_LINES = 24
"""How many lines are told of one difference."""

LONGEST_LINE = 200
DEEPEST = 4
"""How many archives may lie within each other."""

LARGEST_UNPACKED = 64 << 20
LARGEST_TEXT = 1 << 20  # bytes that are compared line by line
_SHORTEST_STRING = 5
_BYTES_A_ROW = 16
_STRINGS = re.compile(rb"[\x20-\x7e\t]{%d,}" % _SHORTEST_STRING)


@dataclass(frozen=True, slots=True)
class Part:
    """One member of an archive: its name, what is said of it beside its content (times, owners), its content."""

    name: str
    about: str
    content: bytes


class _TooLargeError(Exception):
    """What an archive holds is too large to be looked at."""


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


def parts_of(name: str, content: bytes) -> list[Part] | None:
    """Take an archive apart; None when it is none, or can't be read."""
    reader = next((read for magic, read in _READERS if content.startswith(magic)), None)
    if reader is None and name.endswith(".pyc"):
        reader = _bytecode
    if reader is None and content[257:262] == b"ustar":
        reader = _tar
    if reader is None:
        return None
    try:
        return reader(content)
    except (_TooLargeError, *_UNREADABLE):
        return None


# Archives


def _gzip(content: bytes) -> list[Part]:
    flags, seconds = content[3], struct.unpack_from("<I", content, 4)[0]
    return [Part("content", f"compressed {_time(seconds)}, flags {flags:#x}", _read(gzip.open(io.BytesIO(content))))]


def _compressed(module: Callable[..., object]) -> Callable[[bytes], list[Part]]:
    return lambda content: [Part("content", "", _read(module(io.BytesIO(content))))]  # type: ignore[arg-type]


def _read(file: "io.BufferedIOBase") -> bytes:
    with file:
        content = file.read(LARGEST_UNPACKED + 1)
    if len(content) > LARGEST_UNPACKED:
        raise _TooLargeError
    return bytes(content)


def _tar(content: bytes) -> list[Part]:
    parts = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            about = f"{_time(int(entry.mtime))}, {entry.mode:04o}, {entry.uid}:{entry.gid} {entry.uname}:{entry.gname}"
            leads = f" → {entry.linkname}" if entry.linkname else ""
            parts.append(Part(entry.name, about + leads, file.read() if file else b""))
    return parts


def _zip(content: bytes) -> list[Part]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
            raise _TooLargeError
        return [
            Part(
                entry.filename,
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*entry.date_time) + f", {entry.external_attr >> 16:o}",
                archive.read(entry),
            )
            for entry in archive.infolist()
        ]


def _ar(content: bytes) -> list[Part]:
    parts, place, long_names = [], len(ARCHIVE_MAGIC), b""
    while place + ARCHIVE_HEADER <= len(content):
        header = content[place : place + ARCHIVE_HEADER]
        size = int(header[48:58])
        body = content[place + ARCHIVE_HEADER : place + ARCHIVE_HEADER + size]
        name = header[:16].decode(errors="replace").strip()
        if name == "//":
            long_names = body
        if name.startswith("/") and name[1:].isdigit():
            name = long_names[int(name[1:]) :].partition(b"/")[0].decode(errors="replace")
        parts.append(Part(name.removesuffix("/"), " ".join(header[16:48].decode(errors="replace").split()), body))
        place += ARCHIVE_HEADER + size + size % 2
    return parts


def _bytecode(content: bytes) -> list[Part]:
    flags, first, second = struct.unpack_from("<III", content, 4)
    about = f"flags {flags}, " + (
        f"hash {first:08x}{second:08x}" if flags else f"source of {_time(first)}, {second} bytes"
    )
    return [Part("code", f"magic {content[:4].hex()}, {about}", content[PYC_HEADER:])]


_READERS: tuple[tuple[bytes, Callable[[bytes], list[Part]]], ...] = (
    (GZIP_MAGIC, _gzip),
    (b"BZh", _compressed(bz2.open)),
    (b"\xfd7zXZ\0", _compressed(lzma.open)),
    (b"\x28\xb5\x2f\xfd", _compressed(zstd.open)),
    (ZIP_MAGIC, _zip),
    (ARCHIVE_MAGIC, _ar),
)
_UNREADABLE = (
    OSError, EOFError, ValueError, struct.error, zlib.error, lzma.LZMAError, zstd.ZstdError, zipfile.BadZipFile,
    tarfile.TarError, NotImplementedError, RuntimeError,
)  # fmt: skip


def _archives(one: Sequence[Part], other: Sequence[Part], depth: int) -> Iterator[str] | list[str]:
    names, others = [part.name for part in one], [part.name for part in other]
    told = [f"only in the first: {name}" for name in names if name not in set(others)]
    told += [f"only in the second: {name}" for name in others if name not in set(names)]
    if not told and names != others:
        place = next(n for n, (a, b) in enumerate(zip(names, others, strict=False)) if a != b)
        told.append(f"members in another order, from the {place + 1}th: {names[place]}, {others[place]}")
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
    told = [f"only in the first: section {name}" for name in sections.keys() - others.keys()]
    told += [f"only in the second: section {name}" for name in others.keys() - sections.keys()]
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


def _texts(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    compared = difflib.unified_diff(one, other, n=1, lineterm="")
    return (_short(line) for line in itertools.islice(compared, 2, None))  # without the two names


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


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def _bounded(lines: Iterator[str] | list[str]) -> list[str]:
    told = list(itertools.islice(lines, MOST_LINES + 1))
    return told if len(told) <= MOST_LINES else [*told[:MOST_LINES], "…"]
