"""Proposal: what an act would make of a channel, with what is known beside it. All that rules see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ownconda.channels.gate.standing import Standing, offered
from ownconda.channels.snapshots import Contents
from ownconda.repodata.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A package's tests, run with another package that they need; both are named by their paths."""

    package: str
    together_with: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing that the spec chooses may enter, until it is released."""

    spec: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A channel before and after an act: as clients see it, repodata patches applied.

    ``source`` is what it is promoted from; ``now`` is in milliseconds since 1970.
    """

    before: Standing
    after: Standing
    source: Contents = field(default_factory=dict)
    now: int = 0
    holds: tuple[Hold, ...] = ()
    trials: tuple[Trial, ...] = field(default=(), repr=False)

    @cached_property
    def arriving(self) -> Mapping[str, Entry]:
        """What clients can install afterwards and couldn't before: what is new, or yanked no more."""
        was = offered(self.before.own)
        return {path: entry for path, entry in sorted(self.after.own.items()) if not entry.yanked and path not in was}
