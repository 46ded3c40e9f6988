"""Small binary files, made by hand."""

import struct
import zlib


def library(time: int, owner: int, mode: bytes) -> bytes:
    """Make a static library of one member with a long name."""
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n"
    names = b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (b"//", b"", b"", b"", b"", 4)
    return b"!<arch>\n" + names + b"a.o/" + header % (b"/0", time, owner, owner, mode, 3) + b"abc\n"


def small_elf(debug: bytes, *, compressed: bool = True) -> bytes:
    """Make a 64-bit ELF file by hand: a loaded section, one of debug information, the names."""
    loaded, names = b"\x90" * 16, b"\0.text\0.debug_str\0.shstrtab\0"
    packed = struct.pack("<I4xQQ", 1, len(debug), 1) + zlib.compress(debug) if compressed else debug
    sections, body, start = [(0,) * 10], b"", 64
    for name, kind, flags, content in ((1, 1, 2, loaded), (7, 1, 0x800 * compressed, packed), (18, 3, 0, names)):
        sections.append((name, kind, flags, 0, start + len(body), len(content), 0, 0, 1, 0))
        body += content
    body += bytes(-len(body) % 8)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, start + len(body), 0, 64, 56, 0, 64, 4, 3)
    return ident + header + body + b"".join(struct.pack("<IIQQQQIIQQ", *one) for one in sections)
