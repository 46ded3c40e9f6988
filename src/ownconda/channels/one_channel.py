"""One channel of an open forge: its state in memory, its index on disk, and who waits for it."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ownconda.channels.charters import Charter
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.listing import Listing, after
from ownconda.channels.public import PublicIndex
from ownconda.channels.requests import Request
from ownconda.channels.snapshots import BrokenChannelError, Change, Snapshot, State
from ownconda.errors import WrongInputError

PATIENCE = 0.04
"""Seconds that requests wait for as many others as came together last: an index made twice takes longer."""


class OneChannel:
    """A channel; its state is read when it is first asked for."""

    def __init__(self, folder: Path, ledger: Ledger, charter: Charter) -> None:
        self.folder = folder
        self.charter = charter
        self.index = PublicIndex(folder, with_current=charter.current_repodata)
        self.broken: BrokenChannelError | None = None
        self._ledger = ledger
        self._state: State | None = None
        self.is_kept = False
        """Whether this process keeps all others from changing the channel; for who holds its lock."""
        self._lock = threading.RLock()
        self._moving = threading.Lock()
        self._loading = threading.Lock()
        self._waiting: deque[Request] = deque()
        self._came = threading.Condition()
        self._together = 1

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.charter.name

    def changing(self) -> threading.RLock:
        """Give the lock that has to be held to change the channel."""
        return self._lock

    def ask(self, request: Request) -> None:
        """Let a request wait for whoever next changes the channel."""
        with self._came:
            self._waiting.append(request)
            self._came.notify()

    def await_company(self) -> None:
        """Wait a moment for all who asked for something lately, so that one index serves them all."""
        with self._came:
            self._came.wait_for(lambda: len(self._waiting) >= self._together, timeout=PATIENCE)

    def asked(self) -> list[Request]:
        """Take the requests that wait, in the order in which they came; the caller answers each."""
        waiting: list[Request] = []
        while self._waiting:
            waiting.append(self._waiting.popleft())
        return waiting

    def answered(self, requests: int) -> None:
        """Note how many requests were carried out together: they, and those that wait now, may come again at once."""
        self._together = requests + len(self._waiting)

    def head(self) -> Snapshot:
        """Give the snapshot that the channel stands at."""
        return self._ledger.head(self.name) if self._state is None else self._state.snapshot

    def state(self) -> State:
        """Give the channel as it is. Raises BrokenChannelError."""
        if self.broken is not None:
            raise BrokenChannelError.of(self.broken.problems)
        if self._state is None:
            with self._loading:
                if self._state is None:
                    self._state = self._read()
        return self._state

    def move(self, state: State, change: Change) -> None:
        """Stand at a snapshot that the ledger has, to which a change led."""
        with self._moving:
            self._state = state
            self.index.owe(change)

    def follow(self, head: int | None = None) -> None:
        """Stand where the ledger has the channel by now, unless that is ``head`` still: others may have moved it.

        Raises OutsideError when the ledger can't be asked.
        """
        if self._state is None or self._state.snapshot.id == head:
            return
        with self._moving, self.noting_what_breaks():
            newest, change = self._ledger.since(self._state)
            if newest.id != self._state.snapshot.id:
                self._state = replace(after(self._state, change), snapshot=newest)
                self.index.owe(change)

    @contextlib.contextmanager
    def noting_what_breaks(self) -> Iterator[None]:
        """Note that the channel is broken, when that shows in the block, instead of raising it."""
        try:
            yield
        except BrokenChannelError as error:
            self.broken = error
        except WrongInputError as error:
            self.broken = BrokenChannelError(str(error))

    def _read(self) -> State:
        try:
            state = self._ledger.state(self._ledger.head(self.name))
            self.index.begin(state.snapshot)
            return replace(state, contents=Listing.of(state.contents))
        except BrokenChannelError as error:
            self.broken = error
            raise
