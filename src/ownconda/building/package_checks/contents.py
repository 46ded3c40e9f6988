"""The content of one file turned into facts: never more of it in memory than a small file has."""

import mmap
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

from ownconda.building.package_checks.elf import MAGIC, Elf, read_elf
from ownconda.building.package_checks.facts import FileFacts, Format, Place
from ownconda.building.package_checks.traces import SHOWN, Part, Trace, find_home, find_trace, whole
from ownconda.wires.files import CHUNK

SMALL = 8 << 20
"""Bytes of an ELF file that is read in memory; a larger one waits on disk."""

LARGEST = 4 << 30
"""Bytes of an ELF file that is read at all."""

_MACH_O = frozenset(
    bytes.fromhex(magic) for magic in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "cafebabf")
)
_JAVA_CLASS = ".class"  # begins with cafebabe as well
_WINDOWS = (".exe", ".dll", ".pyd")


def read_content(content: IO[bytes], *, path: str, mode: int, size: int, traces: Sequence[Trace]) -> FileFacts:
    """Read a file of ``size`` bytes from its begin to its end."""
    head = content.read(len(MAGIC))
    if head == MAGIC:
        return _elf_facts(content, path=path, mode=mode, size=size, traces=traces)
    return FileFacts(
        path=path,
        mode=mode,
        format=_format(head, path),
        bytecode=int.from_bytes(head[:2], "little") if path.endswith(".pyc") and head[2:] == b"\r\n" else None,
        places=_places_in_stream(head, content, traces),
    )


def link_places(target: str, traces: Sequence[Trace]) -> dict[Place, str]:
    """Look for traces in where a symbolic link leads."""
    content = target.encode(errors="surrogateescape")
    return {trace.place: found for trace in traces if (found := find_trace(whole(content), trace))}


def _elf_facts(content: IO[bytes], *, path: str, mode: int, size: int, traces: Sequence[Trace]) -> FileFacts:
    elf: Elf | None = None
    unreadable, places = "", dict[Place, str]()
    try:
        if size <= SMALL:
            elf, places = _examined(MAGIC + content.read(), traces)
        elif size <= LARGEST:
            elf, places = _examined_on_disk(content, traces)
        else:
            unreadable = f"it is {size} bytes large"
    except ValueError as error:
        unreadable = str(error)
    return FileFacts(path=path, mode=mode, format="ELF", elf=elf, unreadable=unreadable, places=places)


def _examined_on_disk(content: IO[bytes], traces: Sequence[Trace]) -> tuple[Elf, dict[Place, str]]:
    with tempfile.TemporaryFile() as file:
        file.write(MAGIC)
        shutil.copyfileobj(content, file, CHUNK)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _examined(data, traces)


def _examined(data: bytes | mmap.mmap, traces: Sequence[Trace]) -> tuple[Elf, dict[Place, str]]:
    """Read an ELF file, and look for traces in what is loaded of it: debug information may tell where it was built."""
    elf = read_elf(data)
    places: dict[Place, str] = {}
    for start, end in _merged(elf.loaded, len(data)):
        for part in _parts(data, start, end, overlap=max(_overlap(traces), SHOWN)):
            _note(places, part, traces)
            if not places.get("home") and (found := find_home(part)):
                places["home"] = found
            _let_go(part)
    return elf, places


def _parts(data: bytes | mmap.mmap, start: int, end: int, *, overlap: int) -> Iterator[Part]:
    for place in range(start, end, SMALL):
        yield Part(data, place, min(place + SMALL, end), min(place + SMALL + overlap, end))


def _let_go(part: Part) -> None:
    """Let the system forget what was read of a mapped file: it counts as this process's memory until then."""
    if isinstance(part.content, mmap.mmap):
        begin = part.start - part.start % mmap.PAGESIZE
        part.content.madvise(mmap.MADV_DONTNEED, begin, part.end - begin)


def _merged(parts: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Give parts, each an offset and a size, as (start, end), so that nothing is in two of them."""
    reached = 0
    for offset, size in sorted(parts):
        start, end = max(offset, reached), min(offset + size, length)
        if start < end:
            yield start, end
            reached = end


def _places_in_stream(head: bytes, content: IO[bytes], traces: Sequence[Trace]) -> dict[Place, str]:
    overlap = _overlap(traces)
    places: dict[Place, str] = {}
    window = head
    while chunk := content.read(CHUNK):
        window += chunk
        seen = max(0, len(window) - overlap)  # what begins after that, the next window has with all that follows it
        _note(places, Part(window, 0, seen, len(window)), traces)
        window = window[seen:]
    _note(places, whole(window), traces)
    return places


def _note(places: dict[Place, str], part: Part, traces: Sequence[Trace]) -> None:
    """Add the traces in a part of a file that haven't been found yet."""
    for trace in traces:
        if trace.place not in places and (found := find_trace(part, trace)):
            places[trace.place] = found


def _overlap(traces: Sequence[Trace]) -> int:
    return max((trace.length for trace in traces), default=0)


def _format(head: bytes, path: str) -> Format:
    if head in _MACH_O and not path.endswith(_JAVA_CLASS):
        return "Mach-O"
    return "PE" if head[:2] == b"MZ" and path.lower().endswith(_WINDOWS) else ""
