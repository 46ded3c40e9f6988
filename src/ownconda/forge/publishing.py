"""Channels that everybody may read, published in the object store while a forge runs."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ownconda.access.access import Access
from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.rules import Question
from ownconda.channels.channels import Channels
from ownconda.channels.ledger.keeping import read_past
from ownconda.channels.publishing import Publisher
from ownconda.channels.snapshots import Kind
from ownconda.channels.upkeep.needs import archives_among, kept_snapshots, needs_of
from ownconda.errors import OwncondaError
from ownconda.forge.static_page import FILE
from ownconda.stores.bucket import Bucket, ChangedError

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_SWEEPS = 86_400.0
SECONDS_TO_FIRST_SWEEP = 3_600.0
_log = logging.getLogger(__name__)


class Publishing:
    """Keeps the bucket as rules and channels are; for one thread."""

    def __init__(self, channels: Channels, access: Access, bucket: Bucket) -> None:
        self._channels = channels
        self._access = access
        self._publisher = Publisher(channels, bucket, pages=[FILE])
        self._retracted: set[str] = set()
        self._newest_purge = -1
        self._purged: set[str] = set()
        self._failed: Counter[str] = Counter()
        self._refused = False
        self._next_sweep = time.monotonic() + SECONDS_TO_FIRST_SWEEP

    def look(self) -> None:
        """Bring the bucket up to date, and log when the store begins to refuse, and when it doesn't any more."""
        try:
            self.bring_up_to_date()
            if time.monotonic() > self._next_sweep:
                self._next_sweep = time.monotonic() + SECONDS_BETWEEN_SWEEPS
                self.sweep()
        except ChangedError:
            return  # another machine is quicker: it is looked at again
        except (OwncondaError, OSError) as error:  # a file may go while it is read
            if not self._refused:
                _log.warning("channels can't be published: %s", error)
            self._refused = True
        else:
            if self._refused:
                _log.warning("channels are published again")
            self._refused = False

    def bring_up_to_date(self) -> None:
        """Publish what everybody may read, and take out what was purged or isn't everybody's.

        The first channel that fails ends it; next time that one comes last. Raises OwncondaError or OSError.
        """
        self._retract_purged()
        self._retract_private()
        for channel in sorted(self._channels.all(), key=lambda one: self._failed[one.name]):
            if channel.broken is None and self._is_public(channel.name):
                self._retracted.discard(channel.name)
                self._failed[channel.name] += 1  # until it is there
                self._publisher.publish(channel)
                del self._failed[channel.name]

    def sweep(self) -> None:
        """Take out what no kept snapshot lists, nor the archive; it reads the whole past. Raises OwncondaError.

        What isn't everybody's is taken out again next: a machine may have died while it brought something there.
        """
        self._retracted.clear()
        past = read_past(self._channels.ledger)
        needs = needs_of(past, kept_snapshots(past, {}), archives_among(self._channels.charters()))
        for name in past.snapshots:
            if self._is_public(name):
                self._publisher.keep(name, needs.places.get(name, {}))

    def _retract_purged(self) -> None:
        newest = self._channels.ledger.newest(Kind.PURGE)
        if newest != self._newest_purge:
            purged = self._channels.ledger.purged().keys()
            self._publisher.retract_files(purged - self._purged)
            self._purged.update(purged)
            self._newest_purge = newest

    def _retract_private(self) -> None:
        for name in self._channels.names():
            if name not in self._retracted and not self._is_public(name):
                self._publisher.retract(name)
                self._retracted.add(name)

    def _is_public(self, name: str) -> bool:
        return self._access.decide(Caller(), Question(action=Action.READ, channel=name)).allowed


@contextmanager
def publishing(channels: Channels, access: Access, bucket: Bucket) -> Iterator[None]:
    """Publish in a thread while the block runs."""
    ended, keeping = threading.Event(), Publishing(channels, access, bucket)

    def look_again_and_again() -> None:
        while True:
            keeping.look()
            if ended.wait(SECONDS_BETWEEN_LOOKS):
                return

    looking = threading.Thread(target=look_again_and_again, daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()
