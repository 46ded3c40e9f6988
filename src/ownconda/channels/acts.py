"""The acts on a channel as values: each knows what it changes, none of them touches anything."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from ownconda.attestations.sidecars import Sidecars
from ownconda.channels.changes import (
    archiving_change,
    promotion_change,
    revert_change,
    rollback_change,
    terms_change,
    upload_change,
    yank_change,
)
from ownconda.channels.choosing import selected
from ownconda.channels.room import ANY_SIZE, check_room
from ownconda.channels.snapshots import Change, Contents, Kind, MissingError, MovedError, Snapshot, State, ordered
from ownconda.channels.tested import Tested
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, WrongInputError


class Past(Protocol):
    """What deciding may look at beside the channel itself."""

    def state(self, channel: str) -> State:
        """Give another channel as it is. Raises MissingError."""

    def state_at(self, text: str) -> State:
        """Give another channel as it is, or as it was: ``testing.at.6``. Raises MissingError."""

    def snapshot(self, number: int) -> Snapshot:
        """Give a snapshot. Raises MissingError."""

    def state_of(self, snapshot: Snapshot) -> State:
        """Give the state of a snapshot."""

    def pruned(self, channel: str) -> Contents:
        """Give all that was ever pruned from a channel and is still there, as it was listed last."""

    def is_archive(self, channel: str) -> bool:
        """Tell whether a channel keeps all that ever entered another one."""

    def tested_with(self, digests: Collection[str]) -> Sequence[Tested]:
        """Give what is known of tests of these packages, by their sha256, and of tests with them."""

    def gated(self, *, besides: str) -> Sequence[State]:
        """Give all channels that have a gate and can be read, but for one."""


class Act(Protocol):
    """One act on a channel."""

    @property
    def kind(self) -> Kind:
        """What history calls it."""

    @property
    def channel(self) -> str:
        """The channel that it changes."""

    def change(self, here: State, past: Past, at: int) -> Change:
        """Decide what it changes; ``at`` is the time in milliseconds since 1970.

        Raises WrongInputError for what can't be meant, ConflictError for what can't be done.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Packages come from outside, with all the sidecars that they have then, by path.

    ``most`` are the bytes of packages that the channel may list then, here and in other acts that bring some.
    """

    kind: ClassVar[Kind] = Kind.UPLOAD
    channel: str
    records: tuple[Record, ...]
    sidecars: Mapping[str, Sidecars] = field(default_factory=dict)
    most: int = ANY_SIZE

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102  (Act tells)
        change = upload_change(here.contents, self.records, at=at, sidecars=self.sidecars)
        return check_room(self.channel, here.contents, change, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Packages that were listed elsewhere since a time (``since``: milliseconds since 1970), before there was a forge.

    Only a channel that has had nothing else takes them: nobody can give what is new an older date.
    """

    kind: ClassVar[Kind] = Kind.ADOPTION
    channel: str
    records: tuple[Record, ...]
    since: int
    most: int = ANY_SIZE

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        change = upload_change(here.contents, self.records, at=self.since)
        if change and here.snapshot.kind not in _BEFORE_ADOPTION:
            what = f"{self.channel} has a history of its own"
            raise ConflictError(what, hint="adopt into a new channel, and promote from there")
        return check_room(self.channel, here.contents, change, self.most)


_BEFORE_ADOPTION = frozenset({Kind.CREATED, Kind.RELATIONS, Kind.ADOPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What match specs choose in another channel (without specs: everything) is let in, and packages by their paths.

    The ``source`` may be a channel as it was, such as ``testing.at.6``, also this one's own past.

    ``with_dependencies`` asks for the fewest that have to come along so that all of it can be installed.
    """

    kind: ClassVar[Kind] = Kind.PROMOTION
    channel: str
    source: str
    specs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    with_dependencies: bool = False
    most: int = ANY_SIZE

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: D102
        if self.source == self.channel:
            raise WrongInputError(f"{self.source!r} can't be promoted to itself")
        source = past.state_at(self.source).contents
        change = promotion_change(source, here.contents, self.specs, also=self.also, at=at)
        return check_room(self.channel, here.contents, change, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """The channel lists again what it listed at a snapshot of it, on that snapshot's terms."""

    kind: ClassVar[Kind] = Kind.ROLLBACK
    channel: str
    snapshot: int

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        return rollback_change(here, past.state_of(_own(past, self.snapshot, self.channel)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert:
    """What one snapshot changed is undone, on top of today's state."""

    kind: ClassVar[Kind] = Kind.REVERT
    channel: str
    snapshot: int

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        undone = _own(past, self.snapshot, self.channel)
        if undone.parent is None:
            raise WrongInputError(f"snapshot {undone.id} is the first of {self.channel!r}: there is nothing to undo")
        return revert_change(here, past.state_of(past.snapshot(undone.parent)), past.state_of(undone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Yank:
    """What match specs choose isn't offered any more; the files stay. Not ``yanked``, it is offered again."""

    channel: str
    specs: tuple[str, ...]
    yanked: bool = True

    @property
    def kind(self) -> Kind:
        """What history calls it."""
        return Kind.YANK if self.yanked else Kind.UNYANK

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        return yank_change(here.contents, self.specs, yanked=self.yanked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotfix:
    """Repodata patches, in their one written form, take the place of those that were there."""

    kind: ClassVar[Kind] = Kind.HOTFIX
    channel: str
    patches: str = field(repr=False)

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        return terms_change(here.terms, replace(here.terms, patches=self.patches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relate:
    """The channel stands on, or before, other ones than until now (CEP 42)."""

    kind: ClassVar[Kind] = Kind.RELATIONS
    channel: str
    base: str = ""
    overrides: str = ""

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        return terms_change(here.terms, replace(here.terms, base=self.base, overrides=self.overrides))


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What another channel lists is kept here too, though it entered that one before this was its archive."""

    kind: ClassVar[Kind] = Kind.ARCHIVING
    channel: str
    source: str

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: D102
        listed = past.state(self.source).contents.values()
        return archiving_change(here.contents, [replace(entry, yanked=False) for entry in listed], at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """Packages, by their paths, aren't listed any more; that was decided at the snapshot ``seen``."""

    kind: ClassVar[Kind] = Kind.PRUNE
    channel: str
    paths: frozenset[str]
    seen: int

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        if here.snapshot.id != self.seen:
            raise MovedError(f"{self.channel} changed meanwhile", hint="run the same command again")
        return Change(removed=ordered(entry for path, entry in here.contents.items() if path in self.paths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprune:
    """What was pruned is listed again: all of it that isn't, or what match specs choose."""

    kind: ClassVar[Kind] = Kind.UNPRUNE
    channel: str
    specs: tuple[str, ...] = ()

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        gone = {path: entry for path, entry in past.pruned(self.channel).items() if path not in here.contents}
        return Change(added=ordered(selected(gone, self.specs).values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Something is noted of what may enter: no entry changes."""

    channel: str
    kind: Kind

    def change(self, here: State, past: Past, at: int) -> Change:  # noqa: ARG002, D102
        return Change()


def _own(past: Past, number: int, channel: str) -> Snapshot:
    snapshot = past.snapshot(number)
    if snapshot.channel == channel:
        return snapshot
    raise MissingError(
        f"snapshot {number} is one of {snapshot.channel!r}, not of {channel!r}",
        hint=f"`ownconda channel history {channel}` lists its snapshots",
    )
