"""What a channel's page lists: one row a package, made from the channel's contents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ownconda.conda.records import Record
from ownconda.conda.versions import version_key
from ownconda.repodata.entries import Entry

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One package: its newest version, how many there are, its files; ``size``: bytes of the newest one's."""

    name: str
    newest: str
    versions: int
    files: tuple[Entry, ...]
    subdirs: tuple[str, ...]
    license: str
    size: int
    newest_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of rows; ``number`` counts from 1."""

    rows: tuple[Row, ...]
    found: int
    number: int
    pages: int


def listing(entries: Iterable[Entry], *, search: str, number: int) -> Listing:
    """Give the page ``number`` of the packages whose names contain ``search``, in order."""
    by_name: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if search.lower() in entry.record.name:
            by_name[entry.record.name].append(entry)
    pages = max(1, -(-len(by_name) // PAGE_SIZE))
    number = min(max(number, 1), pages)
    names = sorted(by_name)[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    rows = tuple(row(name, by_name[name]) for name in names)
    return Listing(rows=rows, found=len(by_name), number=number, pages=pages)


def row(name: str, entries: Sequence[Entry]) -> Row:
    """Sum up the files of one package."""
    files = sorted(entries, key=lambda entry: _age(entry.record), reverse=True)
    newest = files[0].record
    current = [entry.record for entry in files if entry.record.version == newest.version]
    return Row(
        name=name,
        newest=newest.version,
        versions=len({entry.record.version for entry in files}),
        files=tuple(files),
        subdirs=tuple(sorted({entry.record.subdir for entry in files})),
        license=newest.license or "",
        size=max(record.size for record in current),
        newest_at=max(entry.indexed_at for entry in files),
    )


def _age(record: Record) -> tuple[object, int, str, str]:
    return version_key(record.version), record.build_number, record.subdir, record.file_name
