"""Removing what nobody needs any more, while the forge runs.

First snapshots expire, in one transaction; then links go, then bytes. Each step can be repeated, so a kill in between
leaves nothing but work for the next time. Nobody waits for more than a small batch: before each, it is looked
at what entered meanwhile, since the same file may have come again.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from ownconda.channels.channels import Channels
from ownconda.channels.ledger.following import leads
from ownconda.channels.ledger.keeping import entered_since, expire, read_past
from ownconda.channels.upkeep.catching_up import fill_archives
from ownconda.channels.upkeep.garbage import (
    A_DAY,
    Garbage,
    Link,
    bytes_had_again,
    find_garbage,
    inode,
    unreferred_shards,
)
from ownconda.channels.upkeep.keeping import keeping
from ownconda.channels.upkeep.made_from import made_from
from ownconda.channels.upkeep.needs import expiring_of
from ownconda.channels.upkeep.unused_sources import KeptSource, touched
from ownconda.errors import OutsideError, Where
from ownconda.wires.files import disk_error

AT_ONCE = 200
"""Files that are removed while everybody waits: some milliseconds."""

NONE_MORE: Mapping[str, tuple[int, ...]] = MappingProxyType({})
"""What expires when snapshots have expired already: time goes on, and what isn't noted as expired is needed."""

_Item = TypeVar("_Item")


def plan_collection(channels: Channels, *, sources_kept: int = 0) -> Garbage:
    """Tell what collecting would remove, and which snapshots would expire; see `find_garbage`."""
    past, at = read_past(channels.ledger), channels.now()
    leaving = expiring_of(past, channels.charters(), at=at)
    return find_garbage(channels, past, leaving, at=at, sources_kept=_own(channels, sources_kept))


def collect(channels: Channels, *, sources_kept: int = 0) -> Garbage:
    """Let snapshots expire and remove what nobody needs; tell what went. Sources stay as `find_garbage` says.

    Raises OutsideError when a backup is being made, or the disk refuses.
    """
    folder = channels.folder
    try:
        with keeping(folder, channels.ledger.locks, busy=_busy(channels)):
            fill_archives(channels)
            leaving = expiring_of(read_past(channels.ledger), channels.charters(), at=channels.now())
            with channels.all_changing():
                expire(channels.ledger, [one for ones in leaving.values() for one in ones])
            past, at = read_past(channels.ledger), channels.now()
            found = find_garbage(channels, past, NONE_MORE, at=at, sources_kept=_own(channels, sources_kept))
            channels.store.taken.forget_oldest()
            removed = _remove(channels, replace(found, expiring=leaving))
            _forget_copies(channels, before=at - A_DAY)
            return removed
    except OSError as error:
        raise disk_error(error, folder.root) from error


def _forget_copies(channels: Channels, *, before: int) -> None:
    """Remove this machine's copies of what the store keeps no more, unless somebody brought them here lately."""
    store = channels.store
    if store is store.near:
        return
    had_again = bytes_had_again(channels.folder)
    old = {one.sha256 for one in store.near.stored() if one.at < before}
    for sha256 in old - store.sizes(old).keys():
        if had_again.isdisjoint((sha256, inode(store.path_of(sha256).stat()))):
            store.near.discard(sha256)


def _own(channels: Channels, sources_kept: int) -> int:
    """Let the sources of a forge that follows another one stay until that lets them go."""
    return sources_kept if leads(channels.ledger.engine) else 0


def _remove(channels: Channels, found: Garbage) -> Garbage:
    for view in found.views:
        shutil.rmtree(view, ignore_errors=True)
    links = [one for some in _batches(found.links) for one in _without_links(channels, some, found.newest)]
    gone = {
        sha256
        for some in _batches([*found.files, *found.orphans])
        for sha256 in _without_bytes(channels, some, found.newest)
    }
    _remove_shards(channels, found)
    sources = [one for some in _batches(found.sources.going) for one in _without_sources(channels, some, found.newest)]
    return replace(
        found,
        sources=replace(found.sources, going=tuple(sources)),
        links=tuple(links),
        files={sha256: size for sha256, size in found.files.items() if sha256 in gone},
        orphans={sha256: size for sha256, size in found.orphans.items() if sha256 in gone},
    )


def _without_links(channels: Channels, links: Sequence[Link], newest: int) -> Iterator[Link]:
    with _still_unneeded(channels, newest) as entered:
        for link in links:
            if link.path not in entered:
                link.place.unlink(missing_ok=True)
                yield link


def _without_bytes(channels: Channels, digests: Sequence[str], newest: int) -> Iterator[str]:
    with _still_unneeded(channels, newest) as entered, channels.shelf.changing():
        lying = frozenset(channels.shelf.lying().values())
        for sha256 in digests:
            if sha256 not in entered and sha256 not in lying and channels.store.discard_unless_taken(sha256):
                yield sha256


def _without_sources(channels: Channels, sources: Sequence[KeptSource], newest: int) -> Iterator[KeptSource]:
    """Remove sources that nobody asked for meanwhile; a package that entered may have been made from them."""
    with _still_unneeded(channels, newest) as entered:
        entering = made_from(channels, entered)
        going = [
            source
            for source in (sources if not entering.silent else ())
            if entering.checksums.isdisjoint({source.digest, source.sha256}) and _is_untouched(source)
        ]
        with channels.shelf.changing():
            channels.shelf.show({}, gone=[source.place for source in going])
            lying = frozenset(channels.shelf.lying().values())
            for source in going:
                if source.sha256 not in lying:
                    _forget_bytes(channels, source.sha256)
        yield from going


def _is_untouched(source: KeptSource) -> bool:
    try:
        return touched(source.place.stat()) == source.touched
    except FileNotFoundError:
        return False


def _forget_bytes(channels: Channels, sha256: str) -> None:
    """Let a source's bytes be no more, unless a package or a cache has the same."""
    if sha256 and not channels.ledger.knows(sha256) and not channels.store.is_shown(sha256):
        channels.store.discard_unless_taken(sha256)


def _remove_shards(channels: Channels, found: Garbage) -> None:
    """Remove shards that still aren't referred to: an index that is written meanwhile may refer to one again."""
    for channel in channels.all():
        with channels.changing(channel.name):
            again = set(unreferred_shards(channel.folder, before=channels.now() - A_DAY))
            for path in again.intersection(found.shards):
                path.unlink(missing_ok=True)


@contextmanager
def _still_unneeded(channels: Channels, newest: int) -> Iterator[frozenset[str]]:
    """Let no channel change while the block runs, and give what entered any since a snapshot."""
    with channels.all_changing():
        yield entered_since(channels.ledger, newest)


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _busy(channels: Channels) -> OutsideError:
    return OutsideError(
        "a backup is being made, or files are being removed already",
        where=Where(file=channels.folder.root),
        hint="wait until that is done, then run the same command again",
    )
