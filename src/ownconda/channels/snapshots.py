"""Snapshot, a channel's immutable state, and Change, what lies between two: decided here, not carried out."""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.conda.match_specs import chooser
from ownconda.conda.records import Record
from ownconda.errors import ConflictError, OutsideError, Problem, Where, WrongInputError
from ownconda.repodata.entries import Entry

Contents = Mapping[str, Entry]
"""What a channel lists: each Entry by its path, ``<subdir>/<file name>``."""

NO_SIDECARS: Mapping[str, Sidecars] = MappingProxyType({})


class MissingError(WrongInputError):
    """There is no channel, snapshot or file of that name."""


class BrokenChannelError(OutsideError):
    """What the ledger has of a channel can't be read, or no index can be made of it; other channels go on."""


class Kind(enum.StrEnum):
    """The act by which a snapshot came about."""

    CREATED = "created"
    UPLOAD = "upload"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One state of a channel: which act led to it, from which parent, by whom, why.

    ``at`` is in milliseconds since 1970.
    """

    id: int
    channel: str
    parent: int | None
    at: int
    author: str
    reason: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an act adds to a channel and removes from it, both in the order of their paths.

    An Entry that is listed since another time than before, or with other sidecars, is in both.
    """

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def subdirs(self) -> frozenset[str]:
        """The subdirs whose index it changes."""
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
    """Tell which packages one state lists and another doesn't, whenever they entered."""
    return Change(
        added=_ordered(entry for path, entry in after.items() if path not in before),
        removed=_ordered(entry for path, entry in before.items() if path not in after),
    )


def difference(before: Contents, after: Contents) -> Change:
    """Tell what leads from one state to another, entry by entry: the change that a rollback makes."""
    return Change(
        added=_ordered(entry for path, entry in after.items() if before.get(path) != entry),
        removed=_ordered(entry for path, entry in before.items() if after.get(path) != entry),
    )


def upload_change(
    contents: Contents, records: Iterable[Record], *, at: int, sidecars: Mapping[str, Sidecars] = NO_SIDECARS
) -> Change:
    """Decide what an upload adds: the records that the channel doesn't list yet, and ``sidecars`` that it hasn't.

    Those are all that a package has then, by its path.
    """
    fresh = {
        record.path: Entry(record=record, indexed_at=at, sidecars=sidecars.get(record.path, NONE))
        for record in records
        if record.path not in contents
    }
    attested = {
        path: replace(contents[path], sidecars=more)
        for path, more in sidecars.items()
        if path in contents and contents[path].sidecars != more
    }
    return Change(
        added=_ordered((fresh | attested).values()),
        removed=_ordered(contents[path] for path in attested),
    )


def still_attested(contents: Contents, *, by: Contents) -> Contents:
    """Give contents as they were, with the sidecars that their packages have by now, since those stay (CEP 50)."""
    return {
        path: replace(entry, sidecars=by[path].sidecars) if path in by else entry for path, entry in contents.items()
    }


def promotion_change(source: Contents, target: Contents, specs: Collection[str], *, at: int) -> Change:
    """Decide what a promotion adds: what the specs choose in the source (without specs: everything).

    Raises WrongInputError for each spec that chooses nothing.
    """
    chosen = selected(source, specs)
    return Change(added=_ordered(replace(entry, indexed_at=at) for path, entry in chosen.items() if path not in target))


def selected(contents: Contents, specs: Collection[str]) -> Contents:
    """Choose by match specs; without specs: everything.

    Raises WrongInputError for each spec that is none, or that chooses nothing.
    """
    if not specs:
        return contents
    chosen = {spec: _chosen(contents, spec) for spec in specs}
    empty = [
        Problem(what=f"nothing matches {spec!r}", hint="`ownconda channel show` lists what there is")
        for spec, found in chosen.items()
        if not found
    ]
    if empty:
        raise WrongInputError.of(empty)
    return {path: entry for found in chosen.values() for path, entry in found.items()}


def check_names(records: Iterable[Record], known: Mapping[str, str]) -> None:
    """Check that a package file's name means one content for ever; ``known`` gives paths their sha256.

    Raises ConflictError for each record whose name stands for something else already.
    """
    meant = dict(known)
    clashes = [
        Problem(
            what="this file name already stands for other contents in this forge",
            where=Where(file=record.path),
            hint="raise the build number and build the package again",
        )
        for record in records
        if meant.setdefault(record.path, record.sha256) != record.sha256
    ]
    if clashes:
        raise ConflictError.of(clashes)


def _chosen(contents: Contents, spec: str) -> dict[str, Entry]:
    chooses = chooser(spec)
    return {path: entry for path, entry in contents.items() if chooses(entry.record)}


def _ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.path))
