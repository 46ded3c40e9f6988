"""What an act notes in the ledger beside a channel's entries: holds, purged files; and a channel's tags."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing that matches ``spec`` may enter a channel; ``at`` is in milliseconds since 1970."""

    channel: str
    spec: str
    reason: str
    author: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A hold is no more."""

    channel: str
    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """A file, by its path, was made to be no more; its name stays taken. ``at`` is in milliseconds since 1970."""

    path: str
    sha256: str
    reason: str
    author: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A name for a snapshot of a channel, which keeps that from expiring; ``at`` is in milliseconds since 1970."""

    channel: str
    name: str
    snapshot: int
    author: str
    at: int


Note = Hold | Released | Purged
