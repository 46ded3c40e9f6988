"""A transfer applied to an open forge: bytes are there before the ledger tells of them, index files follow.

The order is that of a forge's own acts, so that a kill at any moment shows nothing that isn't wholly there: bytes in
the store, links, the ledger's transaction, index files. What is applied already changes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ownconda.attestations.sidecars import NONE
from ownconda.channels.attested import shown_files
from ownconda.channels.channels import Channels
from ownconda.channels.ledger.beside import GONE
from ownconda.channels.ledger.following import following
from ownconda.channels.ledger.reading import read_record, read_sidecars, read_terms
from ownconda.channels.ledger.writing import Also
from ownconda.channels.listing import after
from ownconda.channels.notes import Purged
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.public import Prepared
from ownconda.channels.purging import erase
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import Change, Kind, Snapshot, State, ordered
from ownconda.channels.transfers.taking import news_here, nothing, purge_note, sha256_of_paths, write_transfer
from ownconda.channels.transfers.transfer import CarriedSnapshot, ChangedFile, Transfer
from ownconda.channels.upkeep.catching_up import show_anew
from ownconda.errors import OutsideError
from ownconda.repodata.entries import Entry
from ownconda.wires.files import make_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a transfer brought: how many snapshots, to which channels, and what was purged by it.

    ``lacking`` are places beside packages that have to stay empty: their bytes aren't here, and didn't come along.
    """

    snapshots: int
    channels: tuple[str, ...]
    purged: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def wanted_bytes(channels: Channels, transfer: Transfer) -> dict[str, int]:
    """Give the bytes, by sha256 with their size, that a transfer needs and a forge doesn't have.

    What was purged here isn't wanted any more. Raises as `news`.
    """
    news_here(channels.ledger.engine, transfer)
    purged = channels.ledger.purged()
    wanted = transfer.digests(without=purged) - {one.sha256 for one in purged.values()}
    there = channels.store.sizes(wanted)
    return {sha256: size for sha256, size in transfer.sizes.items() if sha256 in wanted and sha256 not in there}


def apply(channels: Channels, transfer: Transfer, *, also: Also | None = None) -> Applied:
    """Let a forge have what a transfer has; its bytes are in the store already. ``also`` is as for `write_transfer`.

    Raises as `news` and `write_transfer`, and OutsideError when bytes are missing or the disk refuses.
    """
    with channels.all_changing():
        engine = channels.ledger.engine
        told = following(engine)
        fresh = news_here(engine, transfer)
        gone = _purged_since(channels, transfer)
        _check_bytes(channels, transfer)
        ahead = [one for channel in channels.all() if (one := _ahead(channel, fresh, transfer)) is not None]
        _tell_journal(channels, transfer, gone)
        _show(channels, fresh, transfer)
        write_transfer(engine, transfer, also=also or nothing)
        for one in ahead:
            one.channel.move(one.state, one.change)
        for one in ahead:
            one.write_index()
        _appear(channels, fresh)
        beside = transfer.standing.beside if told is not None and transfer.at >= told.at else {}
        channels.shelf.bring_about(beside)
        purged = _erase(channels, transfer, gone)
    return Applied(
        snapshots=len(fresh),
        channels=tuple(dict.fromkeys(one.channel for one in fresh)),
        purged=purged,
        lacking=tuple(place for place, sha256 in beside.items() if sha256 != GONE and not channels.store.holds(sha256)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """A channel as it will be, with the index that it will have."""

    channel: OneChannel
    state: State
    change: Change
    prepared: Prepared

    def write_index(self) -> None:
        index = self.channel.index
        try:
            if index.is_distrusted:
                terms = shown_terms(self.state.terms)
                index.write_anew(self.state.contents, self.state.snapshot, terms=terms)
            else:
                index.write(self.prepared, self.state.snapshot)
        except OutsideError:
            index.distrust()  # so that the next transfer, whatever it brings, writes all of it
            raise


def _ahead(channel: OneChannel, fresh: Sequence[CarriedSnapshot], transfer: Transfer) -> _Ahead | None:
    """Tell what a channel becomes; None when that is what it is."""
    if channel.broken is not None:
        return None
    state, own = channel.state(), [one for one in fresh if one.channel == channel.name]
    change = _change(state, own, transfer)
    if not own and not change and not channel.index.is_distrusted:
        return None
    will_be = after(state, change)
    if own:
        will_be = replace(will_be, snapshot=_snapshot(own[-1]))
    prepared = channel.index.prepared(will_be.contents, change, terms=shown_terms(will_be.terms))
    return _Ahead(channel=channel, state=will_be, change=change, prepared=prepared)


def _snapshot(carried: CarriedSnapshot) -> Snapshot:
    return Snapshot(
        id=carried.id,
        channel=carried.channel,
        parent=carried.parent,
        at=carried.at,
        author=carried.author,
        reason=carried.reason,
        kind=Kind(carried.kind),
        waived=json.loads(carried.waived) if carried.waived else {},
    )


def _change(state: State, snapshots: Sequence[CarriedSnapshot], transfer: Transfer) -> Change:
    """Tell what snapshots, and purges, do to what a channel lists now."""
    last = {one.path: one for snapshot in snapshots for one in snapshot.changes}
    purged = transfer.standing.purged
    listed = {path: _entry(one, transfer) for path, one in last.items() if one.added and path not in purged}
    touched = (last.keys() | purged.keys()) & state.contents.keys()
    removed = [state.contents[path] for path in touched if state.contents[path] != listed.get(path)]
    added = [entry for path, entry in listed.items() if state.contents.get(path) != entry]
    terms = [one.terms for one in snapshots if one.terms]
    if not terms:
        return Change(added=ordered(added), removed=ordered(removed))
    told = read_terms(terms[-1])
    patches = transfer.documents[told.patches] if told.patches else ""
    return Change(added=ordered(added), removed=ordered(removed), terms=replace(told, patches=patches))


def _entry(changed: ChangedFile, transfer: Transfer) -> Entry:
    file = transfer.files[changed.path]
    record = read_record(file.record, changed.path.partition("/")[2], file.run_exports, file.about)
    sidecars = read_sidecars(changed.sidecars) if changed.sidecars else NONE
    return Entry(record=record, indexed_at=changed.indexed_at, sidecars=sidecars, yanked=changed.yanked)


def _check_bytes(channels: Channels, transfer: Transfer) -> None:
    missing = wanted_bytes(channels, transfer)
    if missing:
        what = f"{len(missing)} files of it aren't here, such as the one with the sha256 {min(missing)}"
        raise OutsideError(what, hint="bring them first, then take the transfer")


def _tell_journal(channels: Channels, transfer: Transfer, gone: Mapping[str, str]) -> None:
    if channels.journal.path is None:
        return
    known = sha256_of_paths(channels.ledger.engine, transfer.files)
    fresh = {path: file.sha256 for path, file in transfer.files.items() if path not in known}
    channels.journal.note_carried(fresh, _notes(transfer, gone), at=transfer.at)


def _notes(transfer: Transfer, gone: Mapping[str, str]) -> list[Purged]:
    return [purge_note(path, sha256, transfer.standing.purged[path]) for path, sha256 in gone.items()]


def _show(channels: Channels, fresh: Iterable[CarriedSnapshot], transfer: Transfer) -> None:
    """Show what ever entered, in its order: what isn't listed any more has its address until nobody needs it."""
    for snapshot in fresh:
        folder = channels.folder.channel(snapshot.channel)
        for subdir in {one.path.partition("/")[0] for one in snapshot.changes}:
            make_folder(folder / subdir)  # a subdir that has had a package has an index
        entering = [one for one in snapshot.changes if one.added and one.path not in transfer.standing.purged]
        files = shown_files(folder, {one.path: _entry(one, transfer) for one in entering})
        there = channels.store.sizes(frozenset(files.values()))
        channels.store.show({place: sha256 for place, sha256 in files.items() if sha256 in there}, durable=False)


def _appear(channels: Channels, fresh: Iterable[CarriedSnapshot]) -> None:
    if any(one.channel not in channels.names() for one in fresh):
        for name in channels.learn():
            show_anew(channels, name)


def _purged_since(channels: Channels, transfer: Transfer) -> dict[str, str]:
    """Give the sha256 of all that is purged by a transfer and isn't here; it may have come, and be told of by none."""
    purged = transfer.standing.purged.keys() - channels.ledger.purged().keys()
    carried = {path: transfer.files[path].sha256 for path in purged & transfer.files.keys()}
    return sha256_of_paths(channels.ledger.engine, purged) | carried


def _erase(channels: Channels, transfer: Transfer, gone: Mapping[str, str]) -> tuple[str, ...]:
    """Remove the bytes of what was purged, and of what stood beside it."""
    for note in _notes(transfer, gone):
        erase(note, channels.folder, channels.store, channels.names())
    for snapshot in transfer.snapshots:
        for one in snapshot.changes:
            if one.path in gone:
                for digest in one.digests:
                    channels.store.discard(digest)
    return tuple(gone)
