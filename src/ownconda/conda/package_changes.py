"""What leads from one list of packages to another, as people tell it: package by package, not file by file."""

import enum
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ownconda.conda.records import Record
from ownconda.conda.versions import version_key

_NEWS = re.compile(r"change(s|log)|release|history|whats-?new|news", re.IGNORECASE)
_LINKS = ("home", "dev_url", "doc_url")


class Kind(enum.StrEnum):
    """What became of a package, in the order in which it is told."""

    NEW = "new"
    UPDATED = "updated"
    REBUILT = "rebuilt"
    DOWNGRADED = "downgraded"
    YANKED = "yanked"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """What became of one package: versions before and after (of a rebuilt one: with its build number).

    ``subdirs`` are told where it isn't the same in all that have the package. ``link`` is where upstream tells more.
    """

    name: str
    kind: Kind
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    subdirs: tuple[str, ...] = ()
    link: str = ""
    summary: str = ""


def package_changes(
    before: Iterable[Record], after: Iterable[Record], *, yanked: Collection[str] = ()
) -> tuple[PackageChange, ...]:
    """Tell what leads from the packages that were offered to those that are; paths that are ``yanked`` still exist."""
    was, now = _by_name(before), _by_name(after)
    kinds = list(Kind)
    found = [
        change
        for name in was.keys() | now.keys()
        for change in _changes_of(name, was.get(name, []), now.get(name, []), yanked)
    ]
    return tuple(sorted(found, key=lambda one: (kinds.index(one.kind), one.name, one.subdirs, one.after)))


def upstream_link(about: str) -> str:
    """Give the address at which upstream tells what is new, or its home page, as far as a record's ``about`` says."""
    facts = json.loads(about) if about else {}
    links = [link for key in _LINKS if _is_address(link := facts.get(key, ""))]
    return next((link for link in links if _NEWS.search(link)), next(iter(links), ""))


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and text.isprintable() and not set(text) & set(" <>\"'()[]\\`")


def _by_name(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.name].append(record)
    return found


def _changes_of(
    name: str, was: Sequence[Record], now: Sequence[Record], yanked: Collection[str]
) -> Iterator[PackageChange]:
    """Tell the changes of a package; those that are the same in several subdirs are one."""
    old, new = _by_subdir(was), _by_subdir(now)
    subdirs_of: defaultdict[PackageChange, set[str]] = defaultdict(set)
    for subdir in old.keys() | new.keys():
        for change in _changes_in(name, old.get(subdir, {}), new.get(subdir, {}), yanked):
            subdirs_of[change].add(subdir)
    facts = max((*was, *now), key=lambda one: (bool(one.about), version_key(one.version), one.path))
    link, summary = upstream_link(facts.about), _summary(facts.about)
    for change, subdirs in subdirs_of.items():
        told = () if subdirs == old.keys() | new.keys() else tuple(sorted(subdirs))
        yield replace(change, subdirs=told, link=link, summary=summary)


def _by_subdir(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    found: defaultdict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        found[record.subdir][record.path] = record
    return found


def _changes_in(
    name: str, was: Mapping[str, Record], now: Mapping[str, Record], yanked: Collection[str]
) -> Iterator[PackageChange]:
    """Tell the changes of a package in one subdir."""
    came = [record for path, record in now.items() if path not in was]
    went = [record for path, record in was.items() if path not in now]
    old, added = _versions(was.values()), [one for one in _versions(came) if one not in _versions(was.values())]
    replaced: tuple[str, ...] = ()
    if added and not old:
        yield PackageChange(name=name, kind=Kind.NEW, after=tuple(added))
    elif added:
        replaced, kind = _predecessor(old, added[-1])
        yield PackageChange(name=name, kind=kind, before=replaced, after=tuple(added))
    rebuilt = _builds(record for record in came if record.version in old)
    if rebuilt:
        yield PackageChange(name=name, kind=Kind.REBUILT, after=rebuilt)
    yield from _losses(name, [one for one in went if (one.version,) != replaced], now.values(), yanked)


def _predecessor(old: list[str], new: str) -> tuple[tuple[str, ...], Kind]:
    """Give the version that a new one follows: the newest before it, or else the newest that there was."""
    earlier = [version for version in old if version_key(version) < version_key(new)]
    return ((earlier[-1],), Kind.UPDATED) if earlier else ((old[-1],), Kind.DOWNGRADED)


def _losses(
    name: str, went: Iterable[Record], now: Iterable[Record], yanked: Collection[str]
) -> Iterator[PackageChange]:
    """Tell versions that are gone, and builds of versions that aren't unless other builds stand in for them."""
    stays = {record.version: record.build_number for record in sorted(now, key=lambda one: one.build_number)}
    by_kind: defaultdict[Kind, list[Record]] = defaultdict(list)
    for record in went:
        if record.version not in stays or stays[record.version] <= record.build_number:
            by_kind[Kind.YANKED if record.path in yanked else Kind.REMOVED].append(record)
    for kind, lost in by_kind.items():
        whole = _versions(record for record in lost if record.version not in stays)
        parts = _builds(record for record in lost if record.version in stays)
        yield PackageChange(name=name, kind=kind, before=(*whole, *parts))


def _versions(records: Iterable[Record]) -> list[str]:
    return sorted({record.version for record in records}, key=version_key)


def _builds(records: Iterable[Record]) -> tuple[str, ...]:
    found = {(record.version, record.build_number) for record in records}
    ordered = sorted(found, key=lambda one: (version_key(one[0]), one[1]))
    return tuple(f"{version} (build {number})" for version, number in ordered)


def _summary(about: str) -> str:
    text = json.loads(about).get("summary", "") if about else ""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())
