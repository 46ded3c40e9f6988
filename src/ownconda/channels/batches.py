"""A batch: what several acts on a forge's channels lead to, decided one on top of the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ownconda.channels.ledger.writing import Draft
from ownconda.channels.listing import after, grown
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.snapshots import Change, Snapshot, State
from ownconda.conda.records import Record


@dataclass(slots=True, eq=False)
class Ahead:
    """A channel as it will be, and what leads there."""

    channel: OneChannel
    parent: Snapshot
    state: State
    changes: list[Change] = field(default_factory=list)

    @property
    def change(self) -> Change:
        """All changes in one, as far as an index needs to know them."""
        terms = [change.terms for change in self.changes if change.terms]
        return Change(
            added=tuple(entry for change in self.changes for entry in change.added),
            removed=tuple(entry for change in self.changes for entry in change.removed),
            terms=terms[-1] if terms else None,
        )


class Batch:
    """Drafts in the order in which they are to be written, and the channels as they will be then."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._ahead: dict[str, Ahead] = {}

    def state(self, channel: OneChannel) -> State:
        """Give a channel as it will be so far, until the next draft follows. Raises BrokenChannelError."""
        return self._of(channel).state

    def add(self, channel: OneChannel, draft: Draft) -> None:
        """Let a draft follow those that are there."""
        ahead = self._of(channel)
        ahead.state = (grown if ahead.changes else after)(ahead.state, draft.change)
        ahead.changes.append(draft.change)
        self.drafts.append(draft)

    def channels(self) -> Iterable[Ahead]:
        """Give the channels that were looked at, as they will be."""
        return self._ahead.values()

    def parents(self) -> dict[str, Snapshot]:
        """Give the snapshots that the changed channels stand at now."""
        return {name: ahead.parent for name, ahead in self._ahead.items() if ahead.changes}

    def records(self) -> list[Record]:
        """Give the records that enter anywhere."""
        return [entry.record for draft in self.drafts for entry in draft.change.added]

    def _of(self, channel: OneChannel) -> Ahead:
        if channel.name not in self._ahead:
            now = channel.state()
            self._ahead[channel.name] = Ahead(channel, now.snapshot, now)
        return self._ahead[channel.name]
