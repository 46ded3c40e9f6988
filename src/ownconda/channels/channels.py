"""The channels of one forge: what may be asked of them, and of their past."""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from ownconda.channels.acts import Act, Adoption, Holding, Prune, Upload
from ownconda.channels.attested import Arrival, shown_files, take_sidecars
from ownconda.channels.batches import Batch
from ownconda.channels.carrying_out import CarryingOut, Round, is_open
from ownconda.channels.charters import AT, TAR_BZ2, Charter, default_charters
from ownconda.channels.deciding import Deciding
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gate.standing import subdirs
from ownconda.channels.gatekeeping import Gate, judged_with, leaning_without
from ownconda.channels.journal import NO_JOURNAL, Journal
from ownconda.channels.ledger.ledger import Ledger, Step
from ownconda.channels.ledger.made import made_charters
from ownconda.channels.ledger.taken_table import TakenTable
from ownconda.channels.ledger.writing import Also, Draft
from ownconda.channels.moments import Moment, check_tag, meant
from ownconda.channels.notes import Hold, Purged, Released, Tag
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.other_processes import kept_from_others
from ownconda.channels.outage import Outage
from ownconda.channels.prune_rules import PruneRules
from ownconda.channels.pruning import Pruned, pruned
from ownconda.channels.purging import Purge, erase, purge_of
from ownconda.channels.related import standing
from ownconda.channels.requests import Done, Plan, Request
from ownconda.channels.retention import check_kept
from ownconda.channels.room import ANY_SIZE
from ownconda.channels.shelf import Shelf
from ownconda.channels.snapshots import (
    BrokenChannelError,
    Change,
    Contents,
    Kind,
    MissingError,
    MovedError,
    Snapshot,
    State,
    packages_difference,
)
from ownconda.channels.tested import Tested, results_with
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import machines_for
from ownconda.conda.match_specs import chooser
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, OutsideError, Where, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.stores.taken import Arrivals, Taken, TakenByAll

Clock = Callable[[], int]
"""Gives the time in milliseconds since 1970."""

TRIES = 5
NOTHING_WAIVED: Mapping[str, str] = {}


class Channels:
    """All channels of a forge; its methods may be called from any thread."""

    def __init__(  # noqa: PLR0913  (all that channels stand on)
        self,
        folder: ForgeFolder,
        ledger: Ledger,
        charters: Mapping[str, Charter],
        gate: Gate,
        clock: Clock,
        *,
        journal: Journal = NO_JOURNAL,
    ) -> None:
        self.store = folder.store(_arrivals(folder, ledger))
        self.folder = folder
        self.ledger = ledger
        self._clock = clock
        self._gate = gate
        self._charters = charters
        self.journal = journal
        self.outage = Outage()
        self.shelf = Shelf(folder, ledger, self.store, clock)
        self._channels = {
            name: OneChannel(folder.channel(name), ledger, charters.get(name, Charter(name=name)))
            for name in ledger.channels()
        }
        self._learning = threading.Lock()
        self._turn = threading.Lock()  # one asks at a time: threads that do so at once fight for the interpreter
        self._carrying_out = CarryingOut(ledger, self.store, Deciding(self, gate), journal)

    def all(self) -> Sequence[OneChannel]:
        """Give all channels in their order."""
        return tuple(self._channels.values())

    def names(self) -> tuple[str, ...]:
        """Give the names of all channels in their order."""
        return tuple(self._channels)

    def learn(self) -> tuple[str, ...]:
        """Know the channels, too, that were made since, by whichever process, or came from another forge; name them."""
        with self._learning:
            names = self.ledger.channels()
            fresh = [name for name in names if name not in self._channels]
            said = (
                {one.name: one for one in (*default_charters(names), *made_charters(self.ledger.engine))}
                if fresh
                else {}
            )
            known = {**said, **self._charters}
            made = {
                name: OneChannel(self.folder.channel(name), self.ledger, known.get(name, Charter(name=name)))
                for name in fresh
            }
            self._channels = self._channels | made  # another mapping: who goes through the old one isn't disturbed
        return tuple(fresh)

    def charters(self) -> tuple[Charter, ...]:
        """Give what each channel is for, in their order."""
        return tuple(channel.charter for channel in self._channels.values())

    def charter(self, channel: str) -> Charter:
        """Give what a channel is for. Raises MissingError."""
        return self._channel(channel).charter

    def state(self, channel: str) -> State:
        """Give a channel as it is.

        Raises MissingError when there is none of that name, BrokenChannelError when it can't be read.
        """
        return self._channel(channel).state()

    def unavailable(self) -> Mapping[str, BrokenChannelError]:
        """Tell which channels were found to be broken, and why."""
        return {name: channel.broken for name, channel in self._channels.items() if channel.broken is not None}

    def snapshot(self, number: int) -> Snapshot:
        """Give a snapshot. Raises MissingError."""
        return self.ledger.snapshot(number)

    def snapshot_of(self, channel: str, text: str) -> Snapshot:
        """Give the snapshot of a channel that a number, a tag or a date means.

        Raises MissingError, ExpiredError, or WrongInputError for what can't be any of them.
        """
        self._channel(channel)
        wanted = meant(text)
        if isinstance(wanted, Moment):
            return check_kept(self.ledger.snapshot_at(channel, wanted.at))
        number = wanted if isinstance(wanted, int) else self._tagged(channel, wanted)
        snapshot = self.ledger.snapshot(number)
        if snapshot.channel != channel:
            raise MissingError(
                f"snapshot {number} is one of {snapshot.channel!r}, not of {channel!r}",
                hint=f"`ownconda channel history {channel}` lists its snapshots",
            )
        return check_kept(snapshot)

    def state_of(self, snapshot: Snapshot) -> State:
        """Give the state of a snapshot. Raises ExpiredError."""
        check_kept(snapshot)
        return self.ledger.state(snapshot)

    def state_at(self, text: str) -> State:
        """Give the state that a channel's name, one with ``.at.`` and a moment, or a snapshot's number means.

        Raises MissingError.
        """
        channel, at, moment = text.rpartition(AT)
        if at and text not in self._channels:
            return self.state_of(self.snapshot_of(channel, moment))
        if text not in self._channels and _is_number(text):
            return self.state_of(self.snapshot(int(text[:18])))
        return self.state(text)

    def channel_meant(self, text: str) -> str:
        """Give the name of the channel that a name is about: its own, that of a view or a sibling, a snapshot's number.

        What is none of these is given as it is.
        """
        if text in self._channels or not text:
            return text
        if _is_number(text):
            with contextlib.suppress(MissingError):
                return self.snapshot(int(text[:18])).channel
        channel, at, _ = text.rpartition(AT)
        return channel if at else text.removesuffix(TAR_BZ2)

    def history(self, channel: str, *, limit: int, before: int | None = None) -> tuple[Step, ...]:
        """Give a channel's newest snapshots (those before one of them), the newest first. Raises MissingError."""
        self._channel(channel)
        return self.ledger.history(channel, limit=limit, before=before)

    def difference(self, before: str, after: str) -> Change:
        """Tell what leads from one channel or snapshot to another. Raises MissingError."""
        return packages_difference(self.state_at(before).contents, self.state_at(after).contents)

    def holds(self, channel: str) -> tuple[Hold, ...]:
        """Tell what may not enter a channel. Raises MissingError."""
        self._channel(channel)
        return self.ledger.holds(channel)

    def tags(self, channel: str) -> tuple[Tag, ...]:
        """Give a channel's tags. Raises MissingError."""
        self._channel(channel)
        return self.ledger.tags(channel)

    def purged(self, path: str) -> Purged | None:
        """Tell whether, why and by whom a file was purged."""
        return self.ledger.purged(path).get(path)

    def plan(self, act: Act, *, waived: Mapping[str, str] = NOTHING_WAIVED) -> Plan:
        """Tell what an act would do, and what the gate would say. Raises what else would keep it from being done."""
        self.follow()
        request = Request(act=lambda _: act, author="", waived=waived)
        return self._carrying_out.plan(self._channel(act.channel), request, at=self._clock())

    def do(self, act: Act, *, author: str, reason: str = "", waived: Mapping[str, str] = NOTHING_WAIVED) -> Done:
        """Carry out an act.

        Raises MissingError, WrongInputError or ConflictError as the act tells, OutsideError when the disk refuses.
        """
        self.follow()  # it may look at other channels than those that are locked; uploads don't
        return self._do(act.channel, Request(act=lambda _: act, author=author, reason=reason, waived=waived))

    def admit(  # noqa: PLR0913  (each is a fact of the upload)
        self,
        channel: str,
        arrivals: Sequence[Arrival],
        *,
        author: str,
        reason: str = "",
        most: int = ANY_SIZE,
        also: Also | None = None,
    ) -> Done:
        """Take packages into a channel, with their sidecars: all of them or none, and so that it lists ``most`` bytes.

        ``also`` is done in the transaction that makes it true.
        Raises FullError when it would list more, ConflictError when a file name stands for other contents already,
        MissingError when there is no such channel, OutsideError when the disk refuses.
        """
        records = self._taken(channel, arrivals)

        def act(here: State) -> Upload:
            sidecars = {
                arrival.record.path: take_sidecars(here.contents, arrival, self.store)
                for arrival in arrivals
                if arrival.sidecars
            }
            return Upload(channel=channel, records=records, sidecars=sidecars, most=most)

        return self._do(channel, Request(act=act, author=author, reason=reason, also=also))

    def pruned(self, channel: str) -> Contents:
        """Give all that was ever pruned from a channel and is still there, as it was listed last."""
        gone = self.ledger.removed_by(channel, Kind.PRUNE)
        return {path: entry for path, entry in gone.items() if self._is_whole(entry)}

    def is_archive(self, channel: str) -> bool:
        """Tell whether a channel keeps all that ever entered another one."""
        return any(other.charter.archive == channel for other in self._channels.values())

    def tested_with(self, digests: Collection[str]) -> tuple[Tested, ...]:
        """Give what is known of tests of these packages, by their sha256, and of tests with them."""
        return results_with(self.ledger.engine, digests)

    def gated(self, *, besides: str) -> tuple[State, ...]:
        """Give all channels that have a gate and can be read, but for one."""
        found: list[State] = []
        for one in self._channels.values():
            if one.charter.gated and one.name != besides:
                with contextlib.suppress(BrokenChannelError):
                    found.append(one.state())
        return tuple(found)

    def plan_prune(self, channel: str, rules: PruneRules) -> tuple[Prune, Pruned]:
        """Decide what would be pruned from a channel, and why. Raises WrongInputError for rules that say nothing."""
        self.follow()
        here = self.state(channel)
        if self.is_archive(channel):
            raise WrongInputError(f"{channel} is an archive: nothing goes from it", hint="prune the other channels")
        there, leaning = standing(here, self), leaning_without(here, (), self)
        listed = (one.own for one in (there, *leaning))
        found = pruned(
            there,
            rules,
            machines=machines_for(subdirs(*listed), self._gate.machines, glibc=self._gate.glibc),
            open_solver=open_rattler,
            now=self._clock(),
            others=lambda going: leaning_without(here, going, self),
        )
        return Prune(channel=channel, paths=frozenset(found.going), seen=here.snapshot.id), found

    def prune(self, channel: str, rules: PruneRules, *, author: str, reason: str = "") -> tuple[Done, Pruned]:
        """Let a channel list no longer what the rules let go; it is decided anew when the channel moves meanwhile."""
        for _ in range(TRIES):
            act, found = self.plan_prune(channel, rules)
            with contextlib.suppress(MovedError):
                return self.do(act, author=author, reason=reason), found
        raise ConflictError(f"{channel} changes too often to be pruned", hint="try again when fewer uploads come")

    def adopt(  # noqa: PLR0913  (each is a fact of the adoption)
        self,
        channel: str,
        arrivals: Sequence[Arrival],
        *,
        since: int,
        author: str,
        reason: str = "",
        most: int = ANY_SIZE,
        also: Also | None = None,
    ) -> Done:
        """Take packages that were listed elsewhere since a time, in milliseconds since 1970, into a new channel.

        Raises as `admit`, and ConflictError when the channel has a history of its own.
        """
        since = min(since, self._clock())
        act = Adoption(channel=channel, records=self._taken(channel, arrivals), since=since, most=most)
        return self._do(channel, Request(act=lambda _: act, author=author, reason=reason, at=since, also=also))

    def hold(self, channel: str, spec: str, *, author: str, reason: str) -> Done:
        """Let nothing that matches a spec enter a channel any more.

        Raises WrongInputError for what is no spec, and without a reason.
        """
        chooser(spec)
        if not reason.strip():
            raise WrongInputError("a hold needs a reason", hint="whoever runs into it will want to know")
        note = Hold(channel=channel, spec=spec, reason=reason, author=author, at=self._clock())
        act = Holding(channel=channel, kind=Kind.HOLD)
        told = f"{spec}: {reason}"
        return self._do(channel, Request(act=lambda _: act, author=author, reason=told, notes=(note,), always=True))

    def release(self, channel: str, spec: str, *, author: str, reason: str = "") -> Done:
        """Let in again what a hold kept out. Raises MissingError when there is no such hold."""
        held = [hold.spec for hold in self.holds(channel)]
        if spec not in held:
            hint = f"held are {', '.join(held)}" if held else "nothing is held there"
            raise MissingError(f"{spec!r} isn't held in {channel}", hint=hint)
        act = Holding(channel=channel, kind=Kind.RELEASE)
        note, told = Released(channel=channel, spec=spec), f"{spec}: {reason}" if reason else spec
        return self._do(channel, Request(act=lambda _: act, author=author, reason=told, notes=(note,), always=True))

    def tag(self, channel: str, name: str, moment: str, *, author: str) -> Tag:
        """Give a snapshot (by default, with an empty ``moment``, the newest) a name. Raises WrongInputError."""
        check_tag(name)
        snapshot = self.snapshot_of(channel, moment) if moment else self.state(channel).snapshot
        tag = Tag(channel=channel, name=name, snapshot=snapshot.id, author=author, at=self._clock())
        self.ledger.set_tag(tag)
        return tag

    def untag(self, channel: str, name: str) -> None:
        """Let a tag mean no snapshot any more. Raises MissingError when there is no such tag."""
        self._tagged(channel, name)
        self.ledger.remove_tag(channel, name)

    def plan_purge(self, file: str) -> Purge:
        """Tell what purging a file, by its path or name, would do. Raises MissingError or WrongInputError."""
        self.follow()
        return purge_of(file, self.ledger, [channel.state() for channel in self._channels.values()])

    def purge(self, file: str, *, author: str, reason: str) -> Purge:
        """Let a file be no more: its bytes go from everywhere, its name stays taken, and history tells why."""
        if not reason.strip():
            raise WrongInputError("a purge needs a reason", hint="it stays in the history when the file is gone")
        with self.all_changing():
            purge = self.plan_purge(file)
            at, batch = self._clock(), Batch()
            note = Purged(path=purge.path, sha256=purge.sha256, reason=reason, author=author, at=at)
            for name, change in purge.changes.items():
                draft = Draft(
                    channel=name, kind=Kind.PURGE, change=change, author=author, reason=reason, at=at, notes=(note,)
                )
                batch.add(self._channels[name], draft)
            self._carrying_out.commit(batch)
            erase(note, self.folder, self.store, self.names())
            for digest in purge.sidecars:
                self.store.discard(digest)
        return purge

    def check_ledger(self) -> None:
        """Check that the ledger is there. Raises OutsideError."""
        if self.folder.database is None and not self.folder.ledger.exists():
            raise OutsideError("the forge's folder has lost this", where=Where(file=self.folder.ledger.name))
        self.ledger.check()

    def now(self) -> int:
        """Give the time in milliseconds since 1970."""
        return self._clock()

    def follow(self) -> Mapping[str, int]:
        """Stand where the ledger has the channels by now, if other processes may have moved them; give its numbers.

        Raises OutsideError when the ledger can't be asked.
        """
        heads = self.ledger.heads() if self.ledger.locks else {}
        if not heads.keys() <= self._channels.keys():
            self.learn()
        for name, head in heads.items():
            if name in self._channels:
                self._channels[name].follow(head)
        return heads

    @contextmanager
    def all_changing(self) -> Iterator[None]:
        """Let nobody else change any channel while the block runs."""
        with self.changing(*self._channels):
            yield

    @contextmanager
    def changing(self, *names: str, wanted: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Let nobody else change these channels while the block runs, in whichever process.

        Other processes are kept out if that is still ``wanted`` when nobody else of this one is at work; it may wait.
        Raises OutsideError when the database can't be reached by which processes keep each other out.
        """
        with ExitStack() as stack:
            chosen = [channel for channel in self._channels.values() if channel.name in names]
            for channel in sorted(chosen, key=lambda one: self.is_archive(one.name)):
                stack.enter_context(channel.changing())  # always in this order, so that nobody waits for ever
            if wanted():
                stack.enter_context(kept_from_others(self.ledger, chosen))
            yield

    def _taken(self, channel: str, arrivals: Sequence[Arrival]) -> tuple[Record, ...]:
        """Take files into the store, and show those again that the channel lists already."""
        target = self._channel(channel)
        records = tuple(arrival.record for arrival in arrivals)
        with self._turn:
            self._carrying_out.check_names(records)
        for arrival in arrivals:
            self.store.take(arrival.file, arrival.record.sha256)
        there = target.state().contents
        self.store.show(shown_files(target.folder, {one.path: there[one.path] for one in records if one.path in there}))
        return records

    def _do(self, name: str, request: Request) -> Done:
        channel = self._channel(name)
        archive = self._channels.get(channel.charter.archive)
        judged = judged_with(channel.state(), self, gated=channel.charter.gated)
        changing = self.changing(name, channel.charter.archive, *judged, wanted=lambda: is_open(channel, request))
        beside = tuple(self._channels[one] for one in judged if one in self._channels and one != name)
        of = Round(channel=channel, archive=archive, beside=beside, at=self._clock())
        return self._carrying_out.carry_out(of, request, changing)

    def _is_whole(self, entry: Entry) -> bool:
        digests = (entry.record.sha256, *entry.sidecars.digests.values())
        return all(self.store.holds(sha256) for sha256 in digests)

    def _tagged(self, channel: str, name: str) -> int:
        found = {tag.name: tag.snapshot for tag in self.tags(channel)}
        if name not in found:
            hint = f"its tags are {', '.join(found)}" if found else f"{channel} has no tags"
            raise MissingError(f"{channel} has no tag {name!r}", hint=hint)
        return found[name]

    def _channel(self, name: str) -> OneChannel:
        if name not in self._channels:
            raise MissingError(f"there is no channel {name!r}", hint=f"there are {', '.join(self._channels)}")
        return self._channels[name]


def _arrivals(folder: ForgeFolder, ledger: Ledger) -> Arrivals:
    if ledger.locks is None:
        return Taken()
    return TakenByAll(folder.taken) if folder.is_shared else TakenTable(ledger.engine)


def _is_number(text: str) -> bool:
    """Tell whether a text is a snapshot's number, in digits from 0 to 9: ``isdecimal`` takes those of any script."""
    return text.isascii() and text.isdecimal()
