"""Small ELF files, made byte by byte: what the dynamic loader reads of one, and nothing else."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

X86_64 = 62
BASE = 0x1000  # the address that the file's first byte gets
_DYNAMIC_SIZE, _HEADER_SIZE, _SEGMENT_SIZE = 16, 64, 56
NEEDED, HASH, STRTAB, SYMTAB, STRSZ, RPATH, TEXTREL, RUNPATH = 1, 4, 5, 6, 10, 15, 22, 29
VERSYM, VERNEED, VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF


@dataclass(slots=True)
class _Names:
    """The table of names."""

    content: bytearray = field(default_factory=lambda: bytearray(1))

    def add(self, name: str) -> int:
        start = len(self.content)
        self.content += name.encode() + b"\0"
        return start


def make_elf(  # noqa: PLR0913  (each is a part of a file)
    *,
    needed: Sequence[str] = (),
    versions: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    runpath: str | None = None,
    rpath: str | None = None,
    text_relocations: bool = False,
    executable_stack: bool = False,
    weak: bool = False,
    machine: int = X86_64,
    data: bytes = b"",
    debug: bytes = b"",
) -> bytes:
    """Make a 64-bit little-endian shared library.

    ``versions`` has the needed symbols by library and version; ``data`` is loaded with it, ``debug`` isn't.
    """
    names = _Names()
    symbols, numbers, needs, count = _versions(names, versions or {}, weak=weak)
    tags = [(NEEDED, names.add(one)) for one in needed]
    tags += [(RUNPATH, names.add(runpath))] if runpath is not None else []
    tags += [(RPATH, names.add(rpath))] if rpath is not None else []
    tags += [(TEXTREL, 0)] if text_relocations else []
    content, places = bytearray(_HEADER_SIZE + 3 * _SEGMENT_SIZE), {}
    hashes = struct.pack("<III", 1, len(numbers), 0) + bytes(4 * len(numbers))
    versym = struct.pack(f"<{len(numbers)}H", *numbers)
    tables = ((STRTAB, bytes(names.content)), (SYMTAB, symbols), (VERSYM, versym), (VERNEED, needs), (HASH, hashes))
    for tag, table in tables:
        places[tag] = BASE + len(content)
        content += table + bytes(-len(table) % 8)
    tags += [*places.items(), (STRSZ, len(names.content)), (VERNEEDNUM, count), (0, 0)]
    dynamic = len(content)
    content += b"".join(struct.pack("<QQ", *tag) for tag in tags) + data
    _write_header(content, machine, dynamic, _DYNAMIC_SIZE * len(tags), executable_stack=executable_stack)
    return bytes(content) + debug


def _versions(
    names: _Names, versions: Mapping[str, Mapping[str, Sequence[str]]], *, weak: bool
) -> tuple[bytes, list[int], bytes, int]:
    symbols, numbers, needs, index = bytearray(24), [0], bytearray(), 2
    for position, (library, wanted) in enumerate(versions.items()):
        size = 16 * (1 + len(wanted))
        following = size if position + 1 < len(versions) else 0
        needs += struct.pack("<HHIII", 1, len(wanted), names.add(library), 16, following)
        for number, (version, used) in enumerate(wanted.items()):
            step = 16 if number + 1 < len(wanted) else 0
            needs += struct.pack("<IHHII", 0, 2 * weak, index, names.add(version), step)
            for symbol in used:
                symbols += struct.pack("<IBBHQQ", names.add(symbol), 0x12, 0, 0, 0, 0)
                numbers.append(index)
            index += 1
    return bytes(symbols), numbers, bytes(needs), len(versions)


def _write_header(content: bytearray, machine: int, dynamic: int, size: int, *, executable_stack: bool) -> None:
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    fields = (3, machine, 1, 0, _HEADER_SIZE, 0, 0, _HEADER_SIZE, _SEGMENT_SIZE, 3, 0, 0, 0)
    content[:_HEADER_SIZE] = ident + struct.pack("<HHIQQQIHHHHHH", *fields)
    segments = (
        (1, 5, 0, BASE, len(content)),
        (2, 6, dynamic, BASE + dynamic, size),
        (0x6474E551, 7 if executable_stack else 6, 0, 0, 0),
    )
    for number, (kind, flags, offset, address, length) in enumerate(segments):
        start = _HEADER_SIZE + number * _SEGMENT_SIZE
        struct.pack_into("<IIQQQQQQ", content, start, kind, flags, offset, address, address, length, length, 8)
