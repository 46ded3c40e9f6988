"""ELF files as the dynamic loader sees them: by their segments, as sections may be missing, or lie.

Packages come from anybody, so whatever a file claims is bounded before it is believed. The format is the System V
ABI's: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html.
"""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ownconda.building.package_checks import elf_tables
from ownconda.building.package_checks.elf_tables import Tables, VersionNeed

MAGIC = b"\x7fELF"
MOST_SEGMENTS = 256
"""Real files have a dozen."""

_LOAD, _DYNAMIC, _GNU_STACK = 1, 2, 0x6474E551
_EXECUTABLE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What the dynamic loader makes of a file. ``machine`` is the ABI's number, ``bits`` 32 or 64.

    ``loaded`` are the parts of the file that come into memory, as (offset, size) in bytes.
    """

    machine: int
    bits: int
    loaded: tuple[tuple[int, int], ...] = ()
    executable_stack: bool = False
    text_relocations: bool = False
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    needs: tuple[VersionNeed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """The structures of one class of files, in the byte order of the file."""

    bits: int
    header: struct.Struct
    segment: struct.Struct
    tables: elf_tables.Format


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    kind: int
    flags: int
    offset: int
    address: int
    size: int


def read_elf(data: bytes | mmap.mmap) -> Elf:
    """Read a file. Raises ValueError that says why it can't be read, whatever is in it."""
    try:
        return _read(data)
    except (struct.error, OverflowError) as error:
        raise ValueError("it is cut short, or its tables lie outside of it") from error


def _read(data: bytes | mmap.mmap) -> Elf:
    layout = _format(data)
    machine, segments = _header(data, layout)
    loads = [one for one in segments if one.kind == _LOAD]
    dynamic = next((one for one in segments if one.kind == _DYNAMIC and one.size), None)
    linked = None if dynamic is None else _tables(data, layout, loads, dynamic)
    return Elf(
        machine=machine,
        bits=layout.bits,
        loaded=tuple((one.offset, one.size) for one in loads),
        executable_stack=any(one.flags & _EXECUTABLE for one in segments if one.kind == _GNU_STACK),
        text_relocations=linked is not None and linked.text_relocations,
        needed=linked.needed if linked else (),
        rpath=linked.rpath if linked else (),
        runpath=linked.runpath if linked else (),
        needs=linked.version_needs() if linked else (),
    )


def _format(data: bytes | mmap.mmap) -> _Format:
    if data[:4] != MAGIC or len(data) < 16:  # noqa: PLR2004  (the size of e_ident)
        raise ValueError("it is no ELF file")
    order = {1: "<", 2: ">"}.get(data[5])
    if order is None or data[4] not in {1, 2}:
        raise ValueError(f"its class {data[4]} or its byte order {data[5]} doesn't exist")
    is_64 = data[4] == 2  # noqa: PLR2004  (ELFCLASS64)
    return _Format(
        bits=64 if is_64 else 32,
        header=struct.Struct(f"{order}16xHHI{'QQQ' if is_64 else 'III'}IHHH"),
        segment=struct.Struct(f"{order}{'IIQQQQQQ' if is_64 else 'IIIIIIII'}"),
        tables=elf_tables.format_of(order, is_64=is_64),
    )


def _header(data: bytes | mmap.mmap, layout: _Format) -> tuple[int, list[_Segment]]:
    _, machine, _, _, start, _, _, _, size, count = layout.header.unpack_from(data)
    if count > MOST_SEGMENTS or (count and size != layout.segment.size):
        raise ValueError(f"it has {count} program headers of {size} bytes")
    return machine, [_segment(layout, data, start + index * size) for index in range(count)]


def _segment(layout: _Format, data: bytes | mmap.mmap, place: int) -> _Segment:
    fields = layout.segment.unpack_from(data, place)
    if layout.bits == 64:  # noqa: PLR2004  (the flags stand in another place)
        kind, flags, offset, address, _, size, _, _ = fields
    else:
        kind, offset, address, _, size, _, flags, _ = fields
    return _Segment(kind=kind, flags=flags, offset=offset, address=address, size=size)


def _tables(data: bytes | mmap.mmap, layout: _Format, loads: Sequence[_Segment], dynamic: _Segment) -> Tables:
    if dynamic.offset + dynamic.size > len(data):
        raise ValueError("its dynamic section lies outside of it")

    def offset(address: int) -> int:
        for one in loads:
            if one.address <= address < one.address + one.size:
                return one.offset + address - one.address
        raise ValueError(f"the address {address:#x} isn't in it")

    return elf_tables.read_tables(data, layout.tables, dynamic.offset, dynamic.size, offset)
