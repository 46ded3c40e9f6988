"""Transfer: a stretch of a forge's history as values, and as JSON.

Snapshots are as the ledger has them, so that they have the same numbers, parents, authors, times and reasons where they
arrive. Beside them stands what isn't part of any snapshot, as it was when the transfer was made.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from ownconda.channels.ledger.beside import GONE
from ownconda.channels.snapshots import Kind
from ownconda.errors import OutsideError

FORMAT = 2

Scalar = str | int | None
Row = Mapping[str, Scalar]

_Value = TypeVar("_Value")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[a-z0-9][a-z0-9-]*/[^/\\\s.][^/\\\s]*\.(?:conda|tar\.bz2)")
_PLACE = re.compile(r"(?:sources|conda|docs/[^/\\\s.][^/\\\s]*)/[^/\\\s.][^/\\\s]*/[^/\\\0.][^/\\\0]*")


class UnreadableError(OutsideError):
    """It is no transfer, or one of a newer ownconda."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """By what two forges know that they mean the same snapshot."""

    id: int
    channel: str
    parent: int | None
    at: int
    author: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """What a snapshot says of a file; ``sidecars`` is JSON as the ledger has it."""

    path: str
    added: bool
    indexed_at: int
    sidecars: str
    yanked: bool

    @property
    def digests(self) -> tuple[str, ...]:
        """The sha256 of what stands beside the file."""
        return tuple(json.loads(self.sidecars).values()) if self.sidecars else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedSnapshot:
    """A snapshot; ``terms`` and ``waived`` are JSON as the ledger has it."""

    id: int
    channel: str
    parent: int | None
    at: int
    author: str
    reason: str
    kind: str
    terms: str
    waived: str
    changes: tuple[ChangedFile, ...] = ()

    @property
    def mark(self) -> Mark:
        """By what it is known."""
        return Mark(
            id=self.id, channel=self.channel, parent=self.parent, at=self.at, author=self.author, kind=self.kind
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFile:
    """A package's metadata; ``record``, ``run_exports`` and ``about`` are JSON as the ledger has it."""

    path: str
    sha256: str
    size: int
    record: str
    run_exports: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which part of a channel's history it is: what follows ``before`` (None: all from its beginning on)."""

    channel: str
    position: int
    before: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds beside the snapshots: rows of the ledger's tables, and what lies beside packages.

    ``purged`` gives the JSON of each purge by path, ``beside`` the sha256 of each place below what clients see, which
    is `GONE` where nothing is any more. ``made`` are channels that were made while the forge ran; ``access`` are rows
    that another room keeps of channels and names, by what it calls them.
    """

    purged: Mapping[str, str] = field(default_factory=dict)
    expired: tuple[int, ...] = ()
    tags: tuple[Row, ...] = ()
    holds: tuple[Row, ...] = ()
    notices: tuple[Row, ...] = ()
    announcements: tuple[Row, ...] = ()
    tested: tuple[Row, ...] = ()
    reserved: tuple[Row, ...] = ()
    made: tuple[Row, ...] = ()
    access: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    beside_until: int = 0
    """The number of the last change that ``beside`` tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A stretch of history, made ``at`` a time of the forge that has it, in milliseconds since 1970.

    ``sizes`` are the bytes that belong to it, by sha256, as far as that forge still has them. One that isn't
    ``complete`` is followed by another one.
    """

    at: int
    complete: bool
    stretches: tuple[Stretch, ...]
    snapshots: tuple[CarriedSnapshot, ...]
    files: Mapping[str, CarriedFile]
    documents: Mapping[str, str]
    standing: Standing
    sizes: Mapping[str, int]

    @property
    def newest(self) -> int:
        """The number of its last snapshot, or of the newest one before it."""
        before = [one.before.id for one in self.stretches if one.before]
        return max([*before, *(one.id for one in self.snapshots)], default=0)

    def digests(self, *, without: Collection[str] = ()) -> frozenset[str]:
        """Give the sha256 of all bytes that it tells of, but for packages of these paths and of what is purged."""
        left_out = {*without, *self.standing.purged}
        added = [one for snapshot in self.snapshots for one in snapshot.changes if one.added]
        entered = [one for one in added if one.path not in left_out]
        sidecars = {digest for one in entered for digest in one.digests}
        beside = {*self.standing.beside.values()} - {GONE}
        return frozenset({self.files[one.path].sha256 for one in entered} | sidecars | beside)


def written(transfer: Transfer) -> dict[str, Any]:
    """Give it as JSON has it."""
    return {"format": FORMAT} | asdict(transfer) | {"files": [asdict(one) for one in transfer.files.values()]}


def read_transfer(told: Mapping[str, Any]) -> Transfer:
    """Read what `written` gave. Raises UnreadableError."""
    if told.get("format") != FORMAT:
        older = isinstance(told.get("format"), int) and told["format"] < FORMAT
        hint = "update ownconda where it comes from, and get it anew" if older else "update ownconda here"
        raise UnreadableError("this isn't a stretch of a forge's history that is known", hint=hint)
    try:
        return _transfer(told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(f"a stretch of a forge's history can't be read: {error}") from error


def _transfer(told: Mapping[str, Any]) -> Transfer:
    files = [_file(one) for one in told["files"]]
    return Transfer(
        at=int(told["at"]),
        complete=bool(told["complete"]),
        stretches=tuple(_stretch(one) for one in told["stretches"]),
        snapshots=tuple(_snapshot(one) for one in told["snapshots"]),
        files={one.path: one for one in files},
        documents={_digest(sha256): str(text) for sha256, text in told["documents"].items()},
        standing=_standing(told["standing"]),
        sizes={_digest(sha256): int(size) for sha256, size in told["sizes"].items()},
    )


def _stretch(told: Mapping[str, Any]) -> Stretch:
    before = told["before"] and _of(Mark, told["before"])
    return Stretch(channel=str(told["channel"]), position=int(told["position"]), before=before or None)


def _snapshot(told: Mapping[str, Any]) -> CarriedSnapshot:
    changes = tuple(_changed(one) for one in told["changes"])
    Kind(told["kind"])
    return _of(CarriedSnapshot, {**told, "changes": changes})


def _changed(told: Mapping[str, Any]) -> ChangedFile:
    changed = _of(ChangedFile, told)
    _matching(_PATH, changed.path)
    for digest in changed.digests:
        _digest(digest)
    return changed


def _file(told: Mapping[str, Any]) -> CarriedFile:
    file = _of(CarriedFile, told)
    _matching(_PATH, file.path)
    _digest(file.sha256)
    return file


def _standing(told: Mapping[str, Any]) -> Standing:
    tables = ("tags", "holds", "notices", "announcements", "tested", "reserved", "made")
    return Standing(
        purged={_matching(_PATH, path): str(facts) for path, facts in told["purged"].items()},
        expired=tuple(int(one) for one in told["expired"]),
        access={str(name): _rows(rows) for name, rows in told["access"].items()},
        beside={_matching(_PLACE, place): sha256 and _digest(sha256) for place, sha256 in told["beside"].items()},
        beside_until=int(told["beside_until"]),
        **{table: _rows(told[table]) for table in tables},
    )


def _rows(told: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    rows = tuple(dict(one) for one in told)
    if not all(isinstance(value, str | int) for row in rows for value in row.values()):
        raise ValueError("a row holds what no table has")
    return rows


def _of(kind: type[_Value], told: Mapping[str, Any]) -> _Value:
    """Make a value of its fields, each of which has to be of its kind."""
    for one in fields(kind):  # type: ignore[arg-type]
        if one.name != "changes" and not isinstance(told[one.name], one.type):  # type: ignore[arg-type]
            raise TypeError(f"{one.name} is {str(told[one.name])[:40]!r}")
    return kind(**told)


def _digest(text: str) -> str:
    return _matching(_SHA256, text)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text[:80]!r} can't be meant")
    return text
