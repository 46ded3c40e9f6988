"""A ledger made again from what clients can download, when it is lost.

The packages are read, not the index: that may show them patched. Of the index counts what no package knows: which
files are listed, which are yanked, and since when they are there. History begins anew.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.attestations.sidecars import NONE, SUFFIXES, Sidecars
from ownconda.channels.charters import DEFAULT_CHARTERS, TAR_BZ2
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import create_ledger, open_ledger
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.snapshots import Change, Kind, ordered
from ownconda.channels.upkeep.faults import Fault, Finding, finding, put_aside
from ownconda.conda.names import EXTENSIONS, SUBDIRS, check_channel_name
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.documents import REPODATA
from ownconda.repodata.entries import INDEXED, Entry
from ownconda.repodata.package_reading import read_entries
from ownconda.wires.files import link_or_copy, sha256_of

AUTHOR = "forge fsck"
REASON = "the ledger was made again from the packages"
UNLISTED = "these weren't listed before either"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an index tells of its files: since when each is listed, which are yanked; nothing when it is lost."""

    since: dict[str, int]
    yanked: frozenset[str]
    is_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channel:
    """What was found of a channel: what it lists, and what lies there without being listed."""

    name: str
    listed: tuple[Entry, ...]
    unlisted: tuple[Entry, ...]


def rebuild(folder: ForgeFolder, *, at: int) -> list[Finding]:
    """Make the ledger again; what was left of the old one is put aside, and so is each package that can't be used.

    Tells what couldn't be brought back. A kill leaves the old one, or none, as it was.
    """
    findings: list[Finding] = []
    channels = [_read_channel(folder, name, findings) for name in _channel_names(folder)]
    channels = _without_clashes(folder, channels, findings)
    for channel in channels:
        _keep(folder, channel)
    fresh = folder.ledger.with_name("ledger.rebuilt")
    for old in folder.root.glob(f"{fresh.name}*"):
        old.unlink()
    _write(fresh, channels, at)
    for old in sorted(folder.root.glob(f"{folder.ledger.name}*")):
        put_aside(folder, old)
    fresh.replace(folder.ledger)
    return findings


def _channel_names(folder: ForgeFolder) -> list[str]:
    """Give the channels that there are folders of: the usual ones in their order, then the others."""
    usual = [one.name for one in DEFAULT_CHARTERS]
    parent = folder.public / "conda"
    caches = {one.name for one in folder.caches.glob("*")}
    found = {one.name for one in parent.glob("*") if one.is_dir() and _is_channel(one.name)}
    return sorted(found - caches, key=lambda name: (usual.index(name) if name in usual else len(usual), name))


def _is_channel(name: str) -> bool:
    try:
        check_channel_name(name)
    except WrongInputError:
        return False
    return not name.endswith(TAR_BZ2)


def _read_channel(folder: ForgeFolder, name: str, findings: list[Finding]) -> _Channel:
    listed: list[Entry] = []
    unlisted: list[Entry] = []
    for subdir in sorted(SUBDIRS):
        root = folder.channel(name) / subdir
        told = _told(root)
        for entry in _read_entries(folder, root, findings):
            file_name = entry.record.file_name
            known = file_name in told.since or file_name in told.yanked or not told.is_there
            kept = replace(
                entry,
                indexed_at=told.since.get(file_name, entry.indexed_at),
                sidecars=_sidecars(root / file_name),
                yanked=file_name in told.yanked,
            )
            (listed if known else unlisted).append(kept)
    return _Channel(name=name, listed=ordered(listed), unlisted=ordered(unlisted))


def _read_entries(folder: ForgeFolder, root: Path, findings: list[Finding]) -> Iterator[Entry]:
    files = sorted(path for path in root.glob("*") if path.name.endswith(EXTENSIONS))
    for path, read in zip(files, read_entries(files), strict=True):
        if isinstance(read, Entry) and read.record.subdir == root.name:
            yield read
        else:
            problems = read if not isinstance(read, Entry) else (Problem(what=f"is of subdir {read.record.subdir}"),)
            findings.append(_aside(folder, path, "; ".join(problem.what for problem in problems)))


def _told(root: Path) -> _Told:
    try:
        index = json.loads((root / REPODATA).read_bytes())
        sections = [index.get("packages", {}), index.get("packages.conda", {})]
        newer = index.get("v3", {})
        since = {name: int(one[INDEXED]) for section in sections for name, one in section.items()}
        since |= {f"{stem}.{kind}": int(one[INDEXED]) for kind, ones in newer.items() for stem, one in ones.items()}
        return _Told(since=since, yanked=frozenset(index.get("removed", ())), is_there=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Told(since={}, yanked=frozenset(), is_there=False)


def _sidecars(package: Path) -> Sidecars:
    places = {kind: package.with_name(f"{package.name}{suffix}") for kind, suffix in SUFFIXES.items()}
    digests = {kind: sha256_of(place) for kind, place in places.items() if place.is_file()}
    return Sidecars(**digests) if digests else NONE


def _without_clashes(folder: ForgeFolder, channels: Sequence[_Channel], findings: list[Finding]) -> list[_Channel]:
    """Let a name mean one content: where channels differ, that of the first one counts."""
    meant: dict[str, str] = {}

    def fitting(channel: _Channel, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if meant.setdefault(entry.path, entry.record.sha256) == entry.record.sha256:
                yield entry
            else:
                place = folder.channel(channel.name) / entry.path
                findings.append(_aside(folder, place, "other contents have this name in another channel"))

    return [
        replace(one, listed=tuple(fitting(one, one.listed)), unlisted=tuple(fitting(one, one.unlisted)))
        for one in channels
    ]


def _keep(folder: ForgeFolder, channel: _Channel) -> None:
    """Let the store hold what clients find."""
    for entry in (*channel.listed, *channel.unlisted):
        place = folder.channel(channel.name) / entry.path
        digests = {place: entry.record.sha256}
        for kind, sha256 in entry.sidecars.digests.items():
            digests[place.with_name(f"{place.name}{SUFFIXES[kind]}")] = sha256
        for path, sha256 in digests.items():
            link_or_copy(path, folder.files / sha256[:2] / sha256)


def _write(ledger: Path, channels: Sequence[_Channel], at: int) -> None:
    create_ledger(ledger, [one.name for one in channels], at=at)
    opened = open_ledger(ledger)
    try:
        for channel in channels:
            everything = ordered((*channel.listed, *channel.unlisted))
            head = opened.head(channel.name)
            if everything:
                draft = _draft(channel, Kind.UPLOAD, Change(added=everything), at)
                [head] = opened.commit([draft], {channel.name: head})
            if channel.unlisted:
                removed = replace(_draft(channel, Kind.ROLLBACK, Change(removed=channel.unlisted), at), reason=UNLISTED)
                opened.commit([removed], {channel.name: head})
    finally:
        opened.close()


def _draft(channel: _Channel, kind: Kind, change: Change, at: int) -> Draft:
    return Draft(channel=channel.name, kind=kind, change=change, author=AUTHOR, reason=REASON, at=at)


def _aside(folder: ForgeFolder, place: Path, what: str) -> Finding:
    found = finding(folder, Fault.CHANGED, place, what, "it was put aside; upload a sound one again")
    put_aside(folder, place)
    return found
