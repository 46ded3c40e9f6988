"""ELF files by their sections (System V ABI, "Object Files"): what is in them, and how they are compressed."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from ownconda.building.streams import chunks, contains
from ownconda.wires.zstandard import zstd

MAGIC = b"\x7fELF"
ALLOCATED, COMPRESSED = 0x2, 0x800  # SHF_ALLOC, SHF_COMPRESSED
RELOCATABLE = 1  # ET_REL
NO_BITS = 8  # SHT_NOBITS: a section that takes no room in the file
_ZLIB, _ZSTD = 1, 2  # ELFCOMPRESS_…


@dataclass(frozen=True, slots=True)
class _Layout:
    """The formats of a class of ELF files: their header, a section's, a compressed section's, a segment's."""

    file: str
    section: str
    compression: str
    segment: str


_LAYOUTS = {
    1: _Layout("16xHHIIIIIHHHHHH", "10I", "3I", "8I"),
    2: _Layout("16xHHIQQQIHHHHHH", "IIQQQQIIQQ", "I4xQQ", "IIQQQQQQ"),
}
_ORDERS = {1: "<", 2: ">"}
_FLAGS, _OFFSET, _SIZE, _ALIGNMENT = 2, 4, 5, 8  # of a section's header
_SECTION_TABLE = 5  # e_shoff, of the file's header


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: its name, and its header's fields as they stand in the file."""

    name: str
    header: tuple[int, ...]

    @property
    def offset(self) -> int:
        """Where it begins in the file."""
        return self.header[_OFFSET]

    @property
    def size(self) -> int:
        """How many bytes it takes there."""
        return 0 if self.header[1] == NO_BITS else self.header[_SIZE]

    @property
    def is_allocated(self) -> bool:
        """Tell whether it is loaded when the program runs."""
        return bool(self.header[_FLAGS] & ALLOCATED)

    @property
    def is_compressed(self) -> bool:
        """Tell whether its content is compressed."""
        return bool(self.header[_FLAGS] & COMPRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """An ELF file that is open, its sections in the order of their headers."""

    file: IO[bytes]
    layout: _Layout
    order: str
    header: tuple[int, ...]
    sections: tuple[Section, ...]

    def content(self, section: Section) -> Iterator[bytes]:
        """Read a section, decompressed. Raises ValueError when it can't be."""
        self.file.seek(section.offset)
        if not section.is_compressed:
            yield from chunks(self.file, section.size)
            return
        head = struct.Struct(self.order + self.layout.compression)
        kind = head.unpack(self.file.read(head.size))[0]
        yield from _decompressed(chunks(self.file, section.size - head.size), kind)

    def uncompressed(self, section: Section) -> tuple[int, int]:
        """Give the size and the alignment of a compressed section's content."""
        head = struct.Struct(self.order + self.layout.compression)
        self.file.seek(section.offset)
        _, size, alignment = head.unpack(self.file.read(head.size))
        return size, alignment


def read_elf(file: IO[bytes]) -> Elf:
    """Read a file's headers. Raises ValueError when it is no sound ELF file."""
    file.seek(0)
    start = file.read(64)
    try:
        layout, order = _LAYOUTS[start[4]], _ORDERS[start[5]]
        header = struct.unpack_from(order + layout.file, start)
        headers = _table(file, order + layout.section, header)
        names = headers[header[12]] if headers else None
        return Elf(
            file=file,
            layout=layout,
            order=order,
            header=header,
            sections=tuple(Section(name=_name(file, names, one), header=one) for one in headers),
        )
    except (struct.error, KeyError, IndexError) as error:
        raise ValueError(f"no sound ELF file: {error}") from error


def holds(elf: Elf, wanted: bytes) -> bool:
    """Tell whether a section that isn't loaded holds these bytes, compressed or not.

    Raises ValueError when one can't be read.
    """
    return any(contains(elf.content(one), wanted) for one in elf.sections if one.size and not one.is_allocated)


def write_decompressed(elf: Elf, target: IO[bytes]) -> bool:
    """Write an ELF file with no section compressed; tell whether that could be done.

    What is loaded when it runs stays where it is: only what stands behind that moves.
    """
    first = min(one.offset for one in elf.sections if one.is_compressed)
    behind = sorted((one for one in elf.sections if one.offset >= first), key=lambda one: one.offset)
    is_object = elf.header[0] == RELOCATABLE  # nothing in it has an address yet
    if not is_object and (any(one.is_allocated and one.size for one in behind) or _end_of_segments(elf) > first):
        return False
    elf.file.seek(0)
    for chunk in chunks(elf.file, first):
        target.write(chunk)
    moved = {one: _copied(elf, one, target) for one in behind}
    _align(target, 8)
    table = target.tell()
    for one in elf.sections:
        target.write(struct.pack(elf.order + elf.layout.section, *moved.get(one, one).header))
    header = (*elf.header[:_SECTION_TABLE], table, *elf.header[_SECTION_TABLE + 1 :])
    target.seek(16)
    target.write(struct.pack(elf.order + elf.layout.file, *header)[16:])
    return True


def _copied(elf: Elf, section: Section, target: IO[bytes]) -> Section:
    """Write a section's content, decompressed; gives the section as it is then."""
    fields = list(section.header)
    if section.is_compressed:
        fields[_SIZE], fields[_ALIGNMENT] = elf.uncompressed(section)
        fields[_FLAGS] &= ~COMPRESSED
    if section.size:
        _align(target, fields[_ALIGNMENT])
    fields[_OFFSET] = target.tell()
    for chunk in elf.content(section):
        target.write(chunk)
    return replace(section, header=tuple(fields))


def _align(target: IO[bytes], alignment: int) -> None:
    target.write(bytes(-target.tell() % max(alignment, 1)))


def _end_of_segments(elf: Elf) -> int:
    _, _, _, _, table, _, _, _, size, count, *_ = elf.header
    elf.file.seek(table)
    form = struct.Struct(elf.order + elf.layout.segment)
    offset, length = (2, 5) if elf.layout is _LAYOUTS[2] else (1, 4)
    segments = [form.unpack(elf.file.read(size)[: form.size]) for _ in range(count)]
    return max((one[offset] + one[length] for one in segments), default=0)


def _table(file: IO[bytes], layout: str, header: tuple[int, ...]) -> list[tuple[int, ...]]:
    size, count = header[10], header[11]
    file.seek(header[_SECTION_TABLE])
    return [struct.unpack(layout, file.read(size)) for _ in range(count)]


def _name(file: IO[bytes], names: Sequence[int] | None, section: Sequence[int]) -> str:
    if names is None:
        return ""
    file.seek(names[_OFFSET] + section[0])
    return file.read(256).partition(b"\0")[0].decode(errors="replace")


def _decompressed(content: Iterator[bytes], kind: int) -> Iterator[bytes]:
    if kind not in {_ZLIB, _ZSTD}:
        raise ValueError(f"a section is compressed in a way that isn't known ({kind})")
    unpacker = zlib.decompressobj() if kind == _ZLIB else zstd.ZstdDecompressor()
    try:
        for chunk in content:
            yield unpacker.decompress(chunk)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise ValueError(f"a section can't be decompressed: {error}") from error
