"""What is asked of a channel, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ownconda.channels.acts import Act
from ownconda.channels.gatekeeping import Judged
from ownconda.channels.ledger.writing import Also
from ownconda.channels.notes import Note
from ownconda.channels.snapshots import Change, Kind, Snapshot, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an act would do to a channel that stands at ``parent``, and what its gate says of that, if it has one."""

    parent: Snapshot
    kind: Kind
    change: Change
    judgement: Judged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did: the snapshot that the channel now stands at, and the change that led there, if any."""

    snapshot: Snapshot
    change: Change
    judgement: Judged | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """An act that somebody waits for; ``act`` is told the state that it will find.

    ``at`` is the time that the snapshot says, in milliseconds since 1970, if it isn't now. Without ``always``, an act
    that changes nothing makes no snapshot; ``also`` is done in the transaction of the one that is made. ``judgement``
    is what the gate said before it was the request's turn.
    """

    act: Callable[[State], Act]
    author: str
    reason: str = ""
    waived: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    always: bool = False
    at: int | None = None
    also: Also | None = None
    judgement: Judged | None = None
    answer: Done | Exception | None = None

    def done(self) -> Done:
        """Give what was done, or raise what kept it from being done."""
        if isinstance(self.answer, Done):
            return self.answer
        raise self.answer or RuntimeError("nobody carried it out")
