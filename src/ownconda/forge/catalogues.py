"""Catalogues: the packages of channels by name, kept until a snapshot changes them, for pages within milliseconds."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from ownconda.channels.channels import Channels
from ownconda.channels.listing import Listing
from ownconda.channels.snapshots import Contents, Snapshot, State
from ownconda.channels.views import viewed
from ownconda.forge.listing import Package, package_of
from ownconda.repodata.entries import Entry

MOST_VIEWS = 4
"""How many channels as they were are kept: one of 20,000 packages takes 14 MB besides its entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A state's packages by their names in lower case, with their files and bytes summed up."""

    state: State = field(repr=False)
    packages: Mapping[str, Package] = field(repr=False)
    files: int
    size: int
    subdirs: tuple[str, ...]

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that it shows."""
        return self.state.snapshot

    def needing(self, name: str) -> tuple[str, ...]:
        """Give the names of the packages that ask for a name, in order."""
        wanted = name.lower()
        return tuple(sorted(one.name for one in self.packages.values() if wanted in one.needs))


class Catalogues:
    """The catalogues of a forge's channels; may be asked from any thread."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._now: dict[str, Catalogue] = {}
        self._then: dict[int, Catalogue] = {}
        self._making = threading.Lock()
        self._looking_back = threading.Lock()

    def of(self, name: str) -> Catalogue:
        """Give that of a channel, or of one as it was (``stable.at.42``).

        Raises MissingError, ExpiredError or BrokenChannelError.
        """
        if name in self._channels.names():
            return self._current(name)
        return self.at(viewed(self._channels, name))

    def at(self, snapshot: Snapshot) -> Catalogue:
        """Give that of a snapshot. Raises ExpiredError."""
        current = self._current(snapshot.channel)
        if current.snapshot.id == snapshot.id:
            return current
        with self._looking_back:  # whoever looks at a channel as it is doesn't wait for that
            if snapshot.id not in self._then:
                made = catalogue(self._channels.state_of(snapshot), before=current)
                self._then = dict([*self._then.items(), (snapshot.id, made)][-MOST_VIEWS:])
            return self._then[snapshot.id]

    def state_at(self, snapshot: Snapshot) -> State:
        """Give the state of a snapshot, without a catalogue of it when there is none. Raises ExpiredError."""
        current, then = self._channels.state(snapshot.channel), self._then.get(snapshot.id)
        if current.snapshot.id == snapshot.id:
            return current
        return then.state if then else self._channels.state_of(snapshot)

    def _current(self, name: str) -> Catalogue:
        state, before = self._channels.state(name), self._now.get(name)
        if before is not None and before.snapshot.id == state.snapshot.id:
            return before
        with self._making:
            before = self._now.get(name)
            if before is None or before.snapshot.id != state.snapshot.id:
                self._now[name] = catalogue(state, before=before)
            return self._now[name]


def catalogue(state: State, *, before: Catalogue | None = None) -> Catalogue:
    """Make that of a state; names whose files are those of another one are taken from there."""
    known = before.packages if before else {}
    packages = {
        name: there if (there := known.get(name)) and there.listed == listed else package_of(listed)
        for name, listed in _by_name(state.contents)
    }
    records = [entry.record for entry in state.contents.values()]
    return Catalogue(
        state=state,
        packages=packages,
        files=len(records),
        size=sum(record.size for record in records),
        subdirs=tuple(sorted({record.subdir for record in records})),
    )


def _by_name(contents: Contents) -> list[tuple[str, tuple[Entry, ...]]]:
    listed = contents if isinstance(contents, Listing) else Listing.of(contents)
    return [(name, entries) for name, entries in listed.by_name() if entries]
