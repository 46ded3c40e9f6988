"""The tables for the dynamic loader in an ELF file: what it needs, and which versions of which symbols.

Symbol versions are those of the Linux Standard Base:
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html.
"""

import mmap
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

MOST_ENTRIES = 10_000
"""Dynamic entries, and needed versions, of one file; real ones have less than a hundred."""

MOST_SYMBOLS = 2_000_000
LONGEST_NAME = 4096
SHOWN_SYMBOLS = 3

_NULL, _NEEDED, _HASH, _STRTAB, _SYMTAB, _STRSZ, _RPATH, _TEXTREL, _RUNPATH, _FLAGS = (
    0, 1, 4, 5, 6, 10, 15, 22, 29, 30,
)  # fmt: skip
_GNU_HASH, _VERSYM, _VERNEED, _VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
_ADDRESSES = frozenset({_HASH, _STRTAB, _SYMTAB, _GNU_HASH, _VERSYM, _VERNEED})
_TEXTREL_FLAG, _WEAK_FLAG, _VERSION_BITS = 4, 2, 0x7FFF


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNeed:
    """A version of symbols that a file needs of a library, ``GLIBC_2.34`` of ``libc.so.6``, and some of the symbols.

    Without one that is ``weak`` the file is loaded all the same.
    """

    library: str
    version: str
    symbols: tuple[str, ...] = ()
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The structures of the tables, in the byte order of the file."""

    order: str
    is_64: bool
    dynamic: struct.Struct
    symbol: struct.Struct
    need: struct.Struct
    needed_version: struct.Struct


class _Symbol(NamedTuple):
    name: int
    section: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A file's dynamic section: its entries by tag, and ``place``, which turns an address into an offset."""

    data: bytes | mmap.mmap
    layout: Format
    entries: Mapping[int, tuple[int, ...]]
    place: Callable[[int], int]

    @property
    def needed(self) -> tuple[str, ...]:
        """The libraries that the loader has to find, in its order."""
        return tuple(self._name(start) for start in self.entries.get(_NEEDED, ()))

    @property
    def rpath(self) -> tuple[str, ...]:
        """Where it looks for them first; empty where there is a runpath."""
        return self._path(_RPATH) if _RUNPATH not in self.entries else ()

    @property
    def runpath(self) -> tuple[str, ...]:
        """Where it looks for them, unless the environment says otherwise."""
        return self._path(_RUNPATH)

    @property
    def text_relocations(self) -> bool:
        """Whether it has to write to code."""
        return _TEXTREL in self.entries or bool(self._first(_FLAGS) & _TEXTREL_FLAG)

    def version_needs(self) -> tuple[VersionNeed, ...]:
        """Give the versions of symbols that are needed."""
        found = dict(self._versions())
        symbols = self._symbols(frozenset(found)) if found else {}
        return tuple(
            VersionNeed(library=library, version=version, weak=weak, symbols=tuple(symbols.get(index, ())))
            for index, (library, version, weak) in sorted(found.items())
        )

    def _versions(self) -> Iterator[tuple[int, tuple[str, str, bool]]]:
        """Go through the versions by the index that symbols have for them."""
        place = self._table(_VERNEED)
        read = 0
        for _ in range(min(self._first(_VERNEEDNUM), MOST_ENTRIES) if place else 0):
            _, count, library, first, following = self.layout.need.unpack_from(self.data, place)
            version_at = place + first
            for _ in range(count):
                read += 1
                if read > MOST_ENTRIES:
                    raise ValueError(f"it needs more than {MOST_ENTRIES} versions of symbols")
                _, flags, index, version, step = self.layout.needed_version.unpack_from(self.data, version_at)
                yield index & _VERSION_BITS, (self._name(library), self._name(version), bool(flags & _WEAK_FLAG))
                version_at += step
                if not step:
                    break
            if not following:
                return
            place += following

    def _symbols(self, wanted: frozenset[int]) -> dict[int, list[str]]:
        """Give some of the symbols that are needed in each version."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for symbol, index in zip(self._all_symbols(), self._symbol_versions(), strict=False):
            version = index & _VERSION_BITS
            if symbol.section == 0 and version in wanted and len(found[version]) < SHOWN_SYMBOLS:
                found[version].append(self._shown(symbol.name))
        return found

    def _all_symbols(self) -> Iterator[_Symbol]:
        """Go through the symbols that the file has and lacks."""
        start, size = self._table(_SYMTAB), self.layout.symbol.size
        count = min(self._count(), MOST_SYMBOLS, (len(self.data) - start) // size)
        view = memoryview(self.data)[start : start + count * size]
        return (_Symbol(*fields) for fields in self.layout.symbol.iter_unpack(view))

    def _count(self) -> int:
        """Tell how many symbols there are. The hash tables know; else they end where another table begins."""
        if table := self._table(_HASH):
            return int(self._unpack("II", table)[1])
        hashed = self._last_hashed(self._table(_GNU_HASH))
        start = self._first(_SYMTAB)
        others = [self._first(tag) for tag in _ADDRESSES if self._first(tag) > start]
        return hashed or ((min(others) - start) // self.layout.symbol.size if others else 0)

    def _last_hashed(self, table: int) -> int:
        """Give the number of symbols by a GNU hash table: its last bucket's chain ends with the last one of all."""
        if not table:
            return 0
        buckets, first, blooms, _ = self._unpack("IIII", table)
        words = table + 16 + blooms * (8 if self.layout.is_64 else 4)
        last = max(self._unpack(f"{min(buckets, MOST_SYMBOLS)}I", words), default=0)
        chain = words + 4 * (buckets + last - first)
        for step in range(MOST_SYMBOLS if last else 0):
            if self._unpack("I", chain + 4 * step)[0] & 1:
                return last + step + 1
        return 0

    def _unpack(self, form: str, start: int) -> tuple[int, ...]:
        return struct.unpack_from(f"{self.layout.order}{form}", self.data, start)

    def _symbol_versions(self) -> Iterator[int]:
        start = self._table(_VERSYM)
        count = min(self._count(), MOST_SYMBOLS, (len(self.data) - start) // 2) if start else 0
        return iter(self._unpack(f"{count}H", start))

    def _path(self, tag: int) -> tuple[str, ...]:
        return tuple(self._name(self.entries[tag][0]).split(":")) if tag in self.entries else ()

    def _name(self, start: int) -> str:
        """Read a name. Raises ValueError when it doesn't end within the table of names."""
        table, size = self._table(_STRTAB), self._first(_STRSZ)
        end = self.data.find(b"\0", table + start, min(table + size, table + start + LONGEST_NAME))
        if end < 0 or start >= size:
            raise ValueError("a name in it doesn't end")
        return bytes(self.data[table + start : end]).decode(errors="replace")

    def _shown(self, start: int) -> str:
        try:
            return self._name(start)
        except ValueError:
            return "?"  # only somebody who reads the finding would miss it

    def _table(self, tag: int) -> int:
        """Give the offset of a table, or 0."""
        address = self._first(tag)
        return self.place(address) if address else 0

    def _first(self, tag: int) -> int:
        return self.entries.get(tag, (0,))[0]


def format_of(order: str, *, is_64: bool) -> Format:
    """Give the structures for a byte order (``<`` or ``>``) and a class of files."""
    return Format(
        order=order,
        is_64=is_64,
        dynamic=struct.Struct(f"{order}{'QQ' if is_64 else 'II'}"),
        symbol=struct.Struct(f"{order}{'I2xH16x' if is_64 else 'I10xH'}"),
        need=struct.Struct(f"{order}HHIII"),
        needed_version=struct.Struct(f"{order}IHHII"),
    )


def read_tables(data: bytes | mmap.mmap, layout: Format, start: int, size: int, place: Callable[[int], int]) -> Tables:
    """Read the dynamic section of ``size`` bytes at ``start``. Raises ValueError or struct.error."""
    entries: defaultdict[int, list[int]] = defaultdict(list)
    count = size // layout.dynamic.size
    for index in range(count):
        tag, value = layout.dynamic.unpack_from(data, start + index * layout.dynamic.size)
        if tag == _NULL:
            break
        if index >= MOST_ENTRIES:
            raise ValueError(f"its dynamic section has more than {MOST_ENTRIES} entries")
        entries[tag].append(value)
    return Tables(
        data=data, layout=layout, entries={tag: tuple(values) for tag, values in entries.items()}, place=place
    )
