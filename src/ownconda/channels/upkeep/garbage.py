"""Finding what nobody needs any more in a forge's folder: looked for here, removed elsewhere."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.channels.caches.kept_files import kept_files
from ownconda.channels.channels import Channels
from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.keeping import Past
from ownconda.channels.upkeep.made_from import made_from
from ownconda.channels.upkeep.needs import Needs, archives_among, ever_shown, kept_snapshots, needs_of
from ownconda.channels.upkeep.unused_sources import Upstream, judged, kept_sources
from ownconda.conda.names import SUBDIRS
from ownconda.repodata.documents import SHARD_INDEX
from ownconda.repodata.shards import SHARDS_FOLDER, read_shard_index
from ownconda.stores.store import Store, Stored
from ownconda.wires.files import sha256_of

A_DAY = 24 * 3_600_000
"""Milliseconds for which something that nobody knows of is left alone: it may be on its way in, or being read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in which clients find a file or a sidecar of the package at ``path`` of a channel."""

    channel: str
    path: str
    place: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """What nobody needs: snapshots that have had their time, by channel, and what lies where; sizes are in bytes.

    ``newest`` is the number of the snapshot up to which the ledger was read.
    """

    expiring: Mapping[str, tuple[int, ...]]
    links: tuple[Link, ...]
    files: Mapping[str, int]
    orphans: Mapping[str, int]
    shards: Mapping[Path, int]
    views: Mapping[Path, int]
    sources: Upstream
    newest: int

    @property
    def size(self) -> int:
        """Bytes of the disk that it takes."""
        parts = (self.files, self.orphans, self.shards, self.views)
        return sum(_figures(part)["size"] for part in parts) + self.sources.freed

    def fields(self) -> dict[str, object]:
        """Tell it in figures, for JSON."""
        return {
            "expired": {channel: list(ones) for channel, ones in self.expiring.items() if ones},
            "links": len(self.links),
            "files": _figures(self.files),
            "orphans": _figures(self.orphans),
            "shards": _figures(self.shards),
            "views": _figures(self.views),
            "sources": self.sources.fields(),
            "size": self.size,
        }


def _figures(part: Mapping[str, int] | Mapping[Path, int]) -> dict[str, int]:
    return {"count": len(part), "size": sum(part.values())}


def find_garbage(
    channels: Channels, past: Past, leaving: Mapping[str, tuple[int, ...]], *, at: int, sources_kept: int = 0
) -> Garbage:
    """Look for what nobody needs once the snapshots that are leaving have expired.

    Sources that no package was made from are kept for so many milliseconds, 0: for ever.
    """
    needs = needs_of(past, kept_snapshots(past, leaving), archives_among(channels.charters()))
    lying = channels.shelf.lying()
    unneeded = _unneeded(channels.store, needs.digests | frozenset(lying.values()), channels.folder)
    return Garbage(
        expiring=leaving,
        links=tuple(_links(past, needs, channels.folder)),
        files={one.sha256: one.size for one in unneeded if one.sha256 in past.known},
        orphans={one.sha256: one.size for one in unneeded if one.sha256 not in past.known and one.at < at - A_DAY},
        shards=dict(_shards(channels, at - A_DAY)),
        views=dict(_views(channels.folder.views, past, leaving)),
        sources=_upstream(channels, needs, lying, before=at - max(sources_kept, A_DAY) if sources_kept else None),
        newest=past.newest,
    )


def unreferred_shards(channel: Path, *, before: int) -> Iterator[Path]:
    """Give the shards that a channel's index doesn't refer to, and didn't when clients last read it."""
    for subdir in sorted(SUBDIRS):
        folder = channel / subdir / SHARDS_FOLDER
        try:
            told = read_shard_index((channel / subdir / SHARD_INDEX).read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            continue  # nobody knows what it refers to
        referred = {f"{digest.hex()}.msgpack.zst" for digest in told.values()}
        yield from (
            one
            for one in _files_in(folder)
            if one.name not in referred and (facts := _facts(one)) and _is_older(facts, before)
        )


def had_again(folder: ForgeFolder) -> Iterator[Path]:
    """Give what clients find that can be fetched or made again: packages of caches, and those made as .tar.bz2."""
    yield from (kept.place for kept in kept_files(folder) if kept.place.is_file())
    yield from (folder.public / "conda").glob(f"*{TAR_BZ2}/*/*.tar.bz2")


def bytes_had_again(folder: ForgeFolder) -> frozenset[object]:
    """Give what can be fetched or made again, by its inode; copies, without hard links, by sha256 too."""
    shown = [(path, facts) for path in had_again(folder) if (facts := _facts(path))]
    copies = (sha256_of(path) for path, facts in shown if facts.st_nlink == 1)
    return frozenset((*(inode(facts) for _, facts in shown), *copies))


def inode(facts: os.stat_result) -> tuple[int, int]:
    """Give what two names of one file have in common."""
    return facts.st_dev, facts.st_ino


def _links(past: Past, needs: Needs, folder: ForgeFolder) -> Iterator[Link]:
    for channel, places in ever_shown(past).items():
        needed = needs.places.get(channel, {})
        root = folder.channel(channel)
        for place, path in places.items():
            if place not in needed and (root / place).is_file():
                yield Link(channel=channel, path=path, place=root / place)


def _unneeded(store: Store, needed: Collection[str], folder: ForgeFolder) -> list[Stored]:
    loose = [one for one in store.stored() if one.sha256 not in needed]
    shown = bytes_had_again(folder) if loose else frozenset()
    facts = {one.sha256: _facts(store.path_of(one.sha256)) for one in loose} if shown else {}
    here = {sha256: inode(found) for sha256, found in facts.items() if found}
    return [one for one in loose if shown.isdisjoint((one.sha256, here.get(one.sha256)))]


def _upstream(channels: Channels, needs: Needs, lying: Mapping[str, str], *, before: int | None) -> Upstream:
    sources = kept_sources(channels.folder.sources, lying)
    return judged(sources, made_from(channels, needs.digests), before=before)


def _shards(channels: Channels, before: int) -> Iterator[tuple[Path, int]]:
    for channel in channels.names():
        for path in unreferred_shards(channels.folder.channel(channel), before=before):
            yield path, path.stat().st_size


def _views(views: Path, past: Past, leaving: Mapping[str, Collection[int]]) -> Iterator[tuple[Path, int]]:
    """Give the views of snapshots that can't be looked at any more."""
    gone = {
        f"{channel}-{one.id}"
        for channel, snapshots in past.snapshots.items()
        for one in snapshots
        if one.expired or one.id in leaving.get(channel, ())
    }
    for view in views.iterdir() if views.is_dir() else ():
        if view.name.rpartition("-")[0] in gone:
            yield view, sum(path.stat().st_size for path in view.rglob("*") if path.is_file())


def _facts(path: Path) -> os.stat_result | None:
    """Tell a file's facts, unless somebody removed it meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _files_in(folder: Path) -> Iterator[Path]:
    return (one for one in folder.iterdir() if not one.name.startswith(".")) if folder.is_dir() else iter(())


def _is_older(facts: os.stat_result, than: int) -> bool:
    """Tell whether a file was written and named before a time in milliseconds since 1970."""
    return max(facts.st_mtime_ns, facts.st_ctime_ns) // 1_000_000 < than
