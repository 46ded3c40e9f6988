"""What a channel's page lists: its packages summed up by name, found by a search, the newest first or by name."""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ownconda.conda.records import Record
from ownconda.conda.versions import version_key
from ownconda.forge.about_texts import summary_of
from ownconda.repodata.entries import Entry

PAGE_SIZE = 100
_NAME_IN_SPEC = re.compile(r"[\w.-]+")


class Order(enum.StrEnum):
    """How packages are ordered."""

    NEWEST = "newest"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package's name: what is said of its newest version, and its files, the newest first.

    ``size`` is in bytes, of that version's largest file; ``since`` is when a file last came (ms since 1970); ``needs``
    are the names that any of its files asks for; ``listed`` is what it was made of.
    """

    name: str
    newest: str
    versions: int
    files: tuple[Entry, ...] = field(repr=False)
    subdirs: tuple[str, ...]
    license: str
    summary: str
    size: int
    since: int
    needs: frozenset[str]
    listed: tuple[Entry, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for: a part of a name or a summary, a subdir (or any), an order, a page from 1 on."""

    search: str = ""
    subdir: str = ""
    order: Order = Order.NEWEST
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of packages; ``number`` counts from 1."""

    packages: tuple[Package, ...]
    found: int
    number: int
    pages: int


def package_of(listed: tuple[Entry, ...]) -> Package:
    """Sum up the files of one package."""
    files = sorted(listed, key=lambda entry: _age(entry.record), reverse=True)
    newest = files[0].record
    current = [entry.record for entry in files if entry.record.version == newest.version]
    return Package(
        name=newest.name,
        newest=newest.version,
        versions=len({entry.record.version for entry in files}),
        files=tuple(files),
        subdirs=tuple(sorted({entry.record.subdir for entry in files})),
        license=newest.license or "",
        summary=summary_of(files),
        size=max(record.size for record in current),
        since=max(entry.indexed_at for entry in files),
        needs=frozenset(name_in(spec) for entry in files for spec in entry.record.depends),
        listed=listed,
    )


def listing(packages: Mapping[str, Package], wanted: Wanted) -> Listing:
    """Give the page that is wanted; of a number that there isn't, the nearest."""
    found = _found(packages.values(), wanted)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(wanted.number, 1), pages)
    shown = tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    return Listing(packages=shown, found=len(found), number=number, pages=pages)


def name_in(spec: str) -> str:
    """Give the name that a match spec begins with, in lower case; a channel before it doesn't count."""
    match = _NAME_IN_SPEC.match(spec.rpartition("::")[2].lstrip())
    return match[0].lower() if match else spec


def _found(packages: Iterable[Package], wanted: Wanted) -> Sequence[Package]:
    """Give what is looked for: what is called just so first, then what begins so, then the others."""
    text, key = wanted.search.lower(), _by_name if wanted.order is Order.NAME else _newest_first
    here = (one for one in packages if not wanted.subdir or wanted.subdir in one.subdirs)
    if not text:
        return sorted(here, key=key)
    ranked = [(rank, one) for one in here if (rank := _rank(one, text)) is not None]
    return [one for _, one in sorted(ranked, key=lambda pair: (pair[0], key(pair[1])))]


def _rank(package: Package, text: str) -> int | None:
    name = package.name.lower()
    if text in name:
        return 0 if name == text else 1 if name.startswith(text) else 2
    return 3 if text in package.summary.lower() else None


def _by_name(package: Package) -> tuple[int, str]:
    return 0, package.name


def _newest_first(package: Package) -> tuple[int, str]:
    return -package.since, package.name


def _age(record: Record) -> tuple[object, int, str, str]:
    return version_key(record.version), record.build_number, record.subdir, record.file_name
