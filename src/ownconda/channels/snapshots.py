"""Snapshot, a channel's immutable state, and Change, what lies between two."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.repodata.entries import Entry

Contents = Mapping[str, Entry]
"""What a channel lists: each Entry by its path, ``<subdir>/<file name>``."""


class MissingError(WrongInputError):
    """There is no channel, snapshot or file of that name."""


class ExpiredError(MissingError):
    """There was such a snapshot, and it isn't kept any more."""


class MovedError(ConflictError):
    """What was decided was about another snapshot than the one that the channel stands at."""


class BrokenChannelError(OutsideError):
    """What the ledger has of a channel can't be read, or no index can be made of it; other channels go on."""


class Kind(enum.StrEnum):
    """The act by which a snapshot came about."""

    CREATED = "created"
    UPLOAD = "upload"
    ADOPTION = "adoption"
    PROMOTION = "promotion"
    ARCHIVING = "archiving"
    ROLLBACK = "rollback"
    REVERT = "revert"
    YANK = "yank"
    UNYANK = "unyank"
    HOTFIX = "hotfix"
    RELATIONS = "relations"
    HOLD = "hold"
    RELEASE = "release"
    PURGE = "purge"
    PRUNE = "prune"
    UNPRUNE = "unprune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One state of a channel: which act led to it, from which parent, by whom, why.

    ``at`` is in milliseconds since 1970; ``waived`` gives the reason for each rule of the gate that was waived. One
    that has ``expired`` is a line of history, and can't be looked at any more.
    """

    id: int
    channel: str
    parent: int | None
    at: int
    author: str
    reason: str
    kind: Kind
    waived: Mapping[str, str] = field(default_factory=dict)
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for a channel beside its entries, and is part of each snapshot.

    ``patches`` are repodata patches in their one written form (none: empty); ``base`` and ``overrides`` are the
    channels that it stands on and stands before (CEP 42), by their names.
    """

    patches: str = field(default="", repr=False)
    base: str = ""
    overrides: str = ""


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A snapshot together with what the channel lists in it, and its terms."""

    snapshot: Snapshot
    contents: Contents
    terms: Terms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an act adds to a channel and removes from it, both in the order of their paths; other ``terms``, if any.

    An Entry that is listed since another time than before, with other sidecars, or yanked, is in both.
    """

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    terms: Terms | None = None

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.terms)

    @property
    def subdirs(self) -> frozenset[str]:
        """The subdirs whose index it changes by its entries."""
        return frozenset(entry.record.subdir for entry in (*self.added, *self.removed))

    def names_in(self, subdir: str) -> frozenset[str]:
        """Give the names of the packages that it changes in a subdir."""
        return frozenset(entry.record.name for entry in (*self.added, *self.removed) if entry.record.subdir == subdir)


def applied(contents: Contents, change: Change) -> dict[str, Entry]:
    """Give the contents after a change."""
    after = dict(contents)
    for entry in change.removed:
        del after[entry.path]
    for entry in change.added:
        after[entry.path] = entry
    return after


def packages_difference(before: Contents, after: Contents) -> Change:
    """Tell which packages one state offers and another doesn't, whenever they entered; a yanked one isn't offered."""
    there, here = _offered(before), _offered(after)
    return Change(
        added=ordered(entry for path, entry in here.items() if path not in there),
        removed=ordered(entry for path, entry in there.items() if path not in here),
    )


def difference(before: State, after: State) -> Change:
    """Tell what leads from one state to another, entry by entry, and in which terms."""
    old, new = before.contents, after.contents
    return Change(
        added=ordered(entry for path, entry in new.items() if old.get(path) != entry),
        removed=ordered(entry for path, entry in old.items() if new.get(path) != entry),
        terms=after.terms if after.terms != before.terms else None,
    )


def ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries into the order of their paths."""
    return tuple(sorted(entries, key=lambda entry: entry.path))


def _offered(contents: Contents) -> Contents:
    return {path: entry for path, entry in contents.items() if not entry.yanked}
