"""The channels of one forge: every act on them, with ledger, files and index files in step.

The order of an act is such that a kill at any moment loses nothing that was acknowledged, and shows nothing
that isn't wholly there: bytes in the store, links where clients download, the ledger's transaction (from
then on it is true), index files, the answer. Index files that a kill left behind, or that somebody damaged,
are written again when the forge starts; a channel that is broken keeps nobody from the others.
"""

import contextlib
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.channels.attested import Arrival, shown_files, take_sidecars
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger import Ledger, Step, create_ledger, open_ledger
from ownconda.channels.public import PublicIndex
from ownconda.channels.snapshots import (
    BrokenChannelError,
    Change,
    Contents,
    Kind,
    MissingError,
    Snapshot,
    applied,
    check_names,
    difference,
    packages_difference,
    promotion_change,
    still_attested,
    upload_change,
)
from ownconda.conda.names import check_channel_name
from ownconda.conda.records import Record
from ownconda.errors import OutsideError, Problem, Where, WrongInputError
from ownconda.stores.directory import DirectoryStore
from ownconda.wires.files import disk_error, exclusive_lock, sweep

Clock = Callable[[], int]
"""Gives the time in milliseconds since 1970."""


_SNAPSHOT_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A snapshot together with what the channel lists in it."""

    snapshot: Snapshot
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an act would do to a channel that stands at ``parent``."""

    parent: Snapshot
    kind: Kind
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did: the snapshot that the channel now stands at, and the change that led there, if any."""

    snapshot: Snapshot
    change: Change


class Channels:
    """All channels of a forge; its methods may be called from any thread."""

    def __init__(self, folder: ForgeFolder, ledger: Ledger, clock: Clock) -> None:
        self.store = DirectoryStore(root=folder.files)
        self._folder = folder
        self._ledger = ledger
        self._clock = clock
        self._naming = threading.Lock()
        self._channels = {name: _Channel(folder.channel(name), ledger, name) for name in ledger.channels()}

    def names(self) -> tuple[str, ...]:
        """Give the names of all channels in their order."""
        return tuple(self._channels)

    def check_name(self, channel: str) -> None:
        """Raise MissingError when there is no channel of that name."""
        self._channel(channel)

    def state(self, channel: str) -> State:
        """Give a channel as it is.

        Raises MissingError when there is none of that name, BrokenChannelError when it can't be read.
        """
        return self._channel(channel).state()

    def unavailable(self) -> Mapping[str, BrokenChannelError]:
        """Tell which channels were found to be broken, and why."""
        return {name: channel.broken for name, channel in self._channels.items() if channel.broken is not None}

    def state_at(self, text: str) -> State:
        """Give the state that a channel's name or a snapshot's number means. Raises MissingError."""
        if text in self._channels or not _SNAPSHOT_NUMBER.fullmatch(text):
            return self.state(text)
        snapshot = self._ledger.snapshot(int(text))
        return State(snapshot=snapshot, contents=self._ledger.contents(snapshot))

    def history(self, channel: str, *, limit: int) -> tuple[Step, ...]:
        """Give a channel's newest snapshots, the newest first. Raises MissingError."""
        self._channel(channel)
        return self._ledger.history(channel, limit=limit)

    def difference(self, before: str, after: str) -> Change:
        """Tell what leads from one channel or snapshot to another. Raises MissingError."""
        return packages_difference(self.state_at(before).contents, self.state_at(after).contents)

    def admit(self, channel: str, arrivals: Sequence[Arrival], *, author: str, reason: str = "") -> Done:
        """Take packages into a channel, with their sidecars: all of them or none.

        Raises ConflictError when a file name stands for other contents already, MissingError when there is no
        such channel, OutsideError when the disk refuses.
        """
        target = self._channel(channel)
        records = [arrival.record for arrival in arrivals]
        check_names(records, self._ledger.known(records))
        for arrival in arrivals:
            self.store.take(arrival.file, arrival.record.sha256)
        with target.changing():
            state = target.state()
            sidecars = {
                arrival.record.path: take_sidecars(state.contents, arrival, self.store)
                for arrival in arrivals
                if arrival.sidecars
            }
            change = upload_change(state.contents, records, at=self._clock(), sidecars=sidecars)
            self._show_files(target, {path: state.contents[path] for path in _paths(records) & state.contents.keys()})
            plan = Plan(parent=state.snapshot, kind=Kind.UPLOAD, change=change)
            return self._carry_out(plan, author=author, reason=reason)

    def plan_promotion(self, source: str, target: str, specs: Collection[str]) -> Plan:
        """Decide what a promotion would do.

        Raises MissingError, or WrongInputError for a spec that chooses nothing.
        """
        if source == target:
            raise WrongInputError(f"{source!r} can't be promoted to itself")
        there, here = self.state(source), self.state(target)
        change = promotion_change(there.contents, here.contents, specs, at=self._clock())
        return Plan(parent=here.snapshot, kind=Kind.PROMOTION, change=change)

    def plan_rollback(self, channel: str, snapshot: int) -> Plan:
        """Decide what going back to a snapshot of the channel would do. Raises MissingError."""
        here, then = self.state(channel), self._ledger.snapshot(snapshot)
        if then.channel != channel:
            raise MissingError(
                f"snapshot {snapshot} is one of {then.channel!r}, not of {channel!r}",
                hint=f"`ownconda channel history {channel}` lists its snapshots",
            )
        change = difference(here.contents, still_attested(self._ledger.contents(then), by=here.contents))
        return Plan(parent=here.snapshot, kind=Kind.ROLLBACK, change=change)

    def promote(self, source: str, target: str, specs: Collection[str], *, author: str, reason: str) -> Done:
        """Let a channel list what the specs choose in another one; the files are the same."""
        with self._channel(target).changing():
            return self._carry_out(self.plan_promotion(source, target, specs), author=author, reason=reason)

    def roll_back(self, channel: str, snapshot: int, *, author: str, reason: str) -> Done:
        """Let a channel list again what it listed at a snapshot."""
        with self._channel(channel).changing():
            return self._carry_out(self.plan_rollback(channel, snapshot), author=author, reason=reason)

    def catch_up(self) -> None:
        """Write every index that isn't the one of its channel's snapshot; pass over a channel that is broken."""
        for channel in self._channels.values():
            with channel.changing():
                if not channel.index.shows(channel.head()):
                    with channel.noting_what_breaks():
                        self._show_again(channel)
                        channel.index.write_anew(channel.state().contents, channel.head())

    def warm_up(self) -> None:
        """Read all channels into memory, so that the first act on each is as quick as the next ones."""
        for channel in self._channels.values():
            with contextlib.suppress(BrokenChannelError):
                channel.state()

    def mend(self) -> tuple[Problem, ...]:
        """Show again what was removed or damaged below ``public``, and tell what is lost for good.

        It reads much, and holds up no act unless there is something to mend.
        """
        problems: list[Problem] = []
        for channel in self._channels.values():
            if channel.broken is None:
                try:
                    problems.extend(self._mend(channel))
                except OutsideError as error:
                    problems.extend(error.problems)
        return tuple(problems)

    def _mend(self, channel: "_Channel") -> tuple[Problem, ...]:
        lost = self._show_again(channel)
        if channel.index.lacks_shards():
            with channel.changing(), channel.noting_what_breaks():
                channel.index.write_anew(channel.state().contents, channel.head())
        return lost

    def _show_again(self, channel: "_Channel") -> tuple[Problem, ...]:
        """Show what clients should find and don't, and tell what can't be shown."""
        contents = channel.state().contents
        files = self.store.not_shown(shown_files(channel.folder, contents))
        lost = {place for place, sha256 in files.items() if not self.store.holds(sha256)}
        self.store.show({place: sha256 for place, sha256 in files.items() if place not in lost})
        return tuple(
            Problem(
                what="the store has lost this file",
                where=Where(file=place),
                hint="upload it again, or put back the last backup of the forge's folder",
            )
            for place in sorted(lost)
        )

    def _carry_out(self, plan: Plan, *, author: str, reason: str) -> Done:
        channel = self._channel(plan.parent.channel)
        after = State(snapshot=plan.parent, contents=applied(channel.state().contents, plan.change))
        indexes = channel.index.prepared(after.contents, plan.change)  # what can't be indexed is never committed
        if plan.change:
            with self._naming:
                records = [entry.record for entry in plan.change.added]
                check_names(records, self._ledger.known(records))
                self._show_files(channel, {entry.path: entry for entry in plan.change.added})
                snapshot = self._ledger.commit(
                    parent=plan.parent,
                    kind=plan.kind,
                    change=plan.change,
                    author=author,
                    reason=reason,
                    at=self._clock(),
                )
            after = replace(after, snapshot=snapshot)
            channel.move(after, plan.change)
        channel.index.write(indexes, after.snapshot)
        return Done(snapshot=after.snapshot, change=plan.change)

    def _show_files(self, channel: "_Channel", contents: Contents) -> None:
        self.store.show(shown_files(channel.folder, contents))

    def _channel(self, name: str) -> "_Channel":
        if name not in self._channels:
            raise MissingError(f"there is no channel {name!r}", hint=f"there are {', '.join(self._channels)}")
        return self._channels[name]


class _Channel:
    """One channel: its state in memory, read when it is first asked for, and its index on disk."""

    def __init__(self, folder: Path, ledger: Ledger, name: str) -> None:
        self.folder = folder
        self.index = PublicIndex(folder)
        self._ledger = ledger
        self._name = name
        self._state: State | None = None
        self._lock = threading.RLock()
        self._loading = threading.Lock()
        self.broken: BrokenChannelError | None = None

    def changing(self) -> threading.RLock:
        """Give the lock that has to be held to change the channel."""
        return self._lock

    def head(self) -> Snapshot:
        """Give the snapshot that the channel stands at."""
        return self._ledger.head(self._name) if self._state is None else self._state.snapshot

    def state(self) -> State:
        """Give the channel as it is. Raises BrokenChannelError."""
        if self.broken is not None:
            raise BrokenChannelError.of(self.broken.problems)
        if self._state is None:
            with self._loading:
                if self._state is None:
                    self._state = self._read()
        return self._state

    def _read(self) -> State:
        try:
            head = self._ledger.head(self._name)
            return State(snapshot=head, contents=self._ledger.contents(head))
        except BrokenChannelError as error:
            self.broken = error
            raise

    def move(self, state: State, change: Change) -> None:
        """Stand at a snapshot that the ledger has."""
        self._state = state
        self.index.owe(change)

    @contextlib.contextmanager
    def noting_what_breaks(self) -> Iterator[None]:
        """Note that the channel is broken, when that shows in the block, instead of raising it."""
        try:
            yield
        except BrokenChannelError as error:
            self.broken = error
        except WrongInputError as error:
            self.broken = BrokenChannelError(str(error))


def _paths(records: Sequence[Record]) -> set[str]:
    return {record.path for record in records}


def create_forge(folder: ForgeFolder, channels: Sequence[str], *, clock: Clock | None = None) -> None:
    """Make a new forge with empty channels in a folder that is empty or isn't there yet.

    Raises WrongInputError when the folder holds something else, or a forge already, or for a channel's name that is
    none or is there twice; then nothing is changed.
    """
    for name in channels:
        check_channel_name(name)
    twice = [name for name, count in Counter(channels).items() if count > 1]
    if twice:
        raise WrongInputError(f"the channel {twice[0]!r} is given twice")
    if folder.root.is_dir() and not folder.ledger.exists() and any(folder.root.iterdir()):
        raise WrongInputError(
            "this folder holds something else",
            where=Where(file=folder.root),
            hint="choose an empty or a new folder",
        )
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder.root) from error
    create_ledger(folder.ledger, channels, at=(clock or milliseconds)())


@contextlib.contextmanager
def open_channels(folder: ForgeFolder, *, clock: Clock | None = None) -> Iterator[tuple[Channels, Ledger]]:
    """Hold a forge's folder and its channels open while the block runs, with every index up to date.

    Raises WrongInputError when there is no forge, OutsideError when another one runs on it.
    """
    ledger = open_ledger(folder.ledger)
    try:
        with exclusive_lock(folder.lock, busy=folder.busy()):
            _empty(folder.incoming)
            sweep(folder.public)
            channels = Channels(folder, ledger, clock or milliseconds)
            channels.catch_up()
            yield channels, ledger
    finally:
        ledger.close()


def milliseconds() -> int:
    """Give the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _empty(incoming: Path) -> None:
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, incoming) from error
