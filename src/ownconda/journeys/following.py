"""Following a forge: its history brought over, stretch by stretch, and gone on with for as long as somebody wants."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.following import Following, following
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.opening import checked_place
from ownconda.channels.transfers.applying import apply, wanted_bytes
from ownconda.channels.transfers.beginning import begin_following
from ownconda.channels.transfers.comparing import check_leader
from ownconda.channels.transfers.taking import heads_of
from ownconda.channels.transfers.transfer import Mark, read_transfer
from ownconda.errors import OwncondaError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.history import content, history
from ownconda.journeys.carried_access import taking_access
from ownconda.wires.database_server import Locks
from ownconda.wires.files import atomic_file
from ownconda.wires.progress import NoProgress, Progress

SECONDS_BETWEEN = 2.0
MOST_SECONDS = 60.0
"""Between two questions to the leader, and when it doesn't answer."""

MARGIN = 600_000
"""Milliseconds: what was written while a transfer was made may have an older time."""

FETCHERS = 4
SECONDS_TO_END = 5.0

FOLLOWING, WAITING = "following", "another process of this forge follows; this one waits"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What was brought: how many snapshots, files and bytes."""

    snapshots: int = 0
    files: int = 0
    size: int = 0

    def __add__(self, other: "Brought") -> "Brought":
        return Brought(
            snapshots=self.snapshots + other.snapshots, files=self.files + other.files, size=self.size + other.size
        )


def begin(folder: ForgeFolder, leader: ForgeClient, channels: Sequence[str] = ()) -> None:
    """Let the stopped forge in a folder, made where there is none, follow a leader that has all that is there.

    Raises as `Follower.catch_up`, and WrongInputError when the folder holds something else; then nothing is changed.
    """
    heads = {}
    if folder.is_there:
        ledger = open_ledger(checked_place(folder).ledger_place)
        try:
            heads = heads_of(ledger.engine)
        finally:
            ledger.close()
    found = history(leader, _newest(heads), channels)
    check_leader(read_transfer(found.told or {}), heads)
    begin_following(folder, leader.url, channels)


class Follower:
    """A forge's channels, and the leader whose history they have."""

    def __init__(self, channels: Channels, leader: ForgeClient, *, progress: Progress | None = None) -> None:
        self._channels = channels
        self._leader = leader
        self._progress = progress or NoProgress()
        self._tag = ""

    def catch_up(self) -> Brought | None:
        """Bring all that the leader has and this forge hasn't; None when that is nothing.

        Interrupted, it goes on when called again. Raises OutsideError when the leader can't be reached, ConflictError
        when the two have become different, or this forge follows nobody.
        """
        brought: Brought | None = None
        while (more := self._bring()) is not None:
            brought = (brought or Brought()) + more
        return brought

    def _bring(self) -> Brought | None:
        """Bring one stretch; None when there is nothing more."""
        engine = self._channels.ledger.engine
        told, heads = following(engine) or Following(), heads_of(engine)
        found = history(
            self._leader,
            _newest(heads),
            told.channels,
            docs="none" if told.channels else "new",
            beside=told.beside,
            told=max(0, told.at - MARGIN),
            tag=self._tag,
        )
        if found.told is None:
            return None
        transfer = read_transfer(found.told)
        check_leader(transfer, heads)
        wanted = wanted_bytes(self._channels, transfer)
        self._fetch(wanted, sum(wanted.values()))
        done = apply(self._channels, transfer, also=taking_access(self._channels, transfer))
        self._tag = "" if done.snapshots or transfer.standing.beside else found.tag
        return Brought(snapshots=done.snapshots, files=len(wanted), size=sum(wanted.values()))

    def _fetch(self, digests: Collection[str], size: int) -> None:
        with self._progress.bar("bringing", size, unit="bytes") as bar, ThreadPoolExecutor(FETCHERS) as pool:

            def fetch(sha256: str) -> None:
                self._fetch_one(sha256, bar.advance)

            try:
                list(pool.map(fetch, digests))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _fetch_one(self, sha256: str, tell: Callable[[float], None]) -> None:
        arrived = self._channels.folder.incoming / f"followed-{sha256}"
        with atomic_file(arrived, durable=False) as file:
            for chunk in content(self._leader, sha256):
                file.write(chunk)
                tell(len(chunk))
        self._channels.store.take(arrived, sha256)


def _newest(heads: Mapping[str, Mark]) -> int:
    return max((mark.id for mark in heads.values()), default=0)


def keep_following(
    follower: Follower, channels: Channels, stopped: threading.Event, after: Callable[[], None] = lambda: None
) -> None:
    """Bring what the leader has whenever it has something, until somebody stops it or this forge leads.

    Of several processes of this forge one does it; another one goes on when that is gone. ``after`` is called when
    something may have been brought.
    """
    wait, told = SECONDS_BETWEEN, ""
    with _Turn(channels.ledger.locks) as turn:
        while not stopped.wait(wait if told else 0):
            try:
                if following(channels.ledger.engine) is None:
                    return
                ours = turn.is_ours()
                if ours and follower.catch_up() is not None:
                    after()
                wait, said = SECONDS_BETWEEN, FOLLOWING if ours else WAITING
            except OwncondaError as error:
                wait, said = min(wait * 2, MOST_SECONDS), str(error)
            if stopped.is_set():
                return
            if said != told:
                _log.log(logging.INFO if said in {FOLLOWING, WAITING} else logging.ERROR, "%s", said)
            told = said


class _Turn(AbstractContextManager["_Turn"]):
    """Whether it is this process that follows; where the ledger is a file, it is the only one."""

    def __init__(self, locks: Locks | None) -> None:
        self._locks = locks
        self._held = ExitStack()
        self._check: Callable[[], None] | None = None

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def is_ours(self) -> bool:
        """Take the turn where it is free, and see that it wasn't lost. Raises OutsideError."""
        if self._locks is None:
            return True
        if self._check is None:
            self._held.close()
            self._check = self._held.enter_context(self._locks.kept_if_free("following"))
        else:
            check, self._check = self._check, None
            check()
            self._check = check
        return self._check is not None


@contextmanager
def following_meanwhile(channels: Channels, leader: ForgeClient, after: Callable[[], None]) -> Iterator[None]:
    """Keep following a leader while the block runs; what is on its way at the end is left for the next time."""
    stopped = threading.Event()
    follower = Follower(channels, leader)
    thread = threading.Thread(target=keep_following, args=(follower, channels, stopped, after), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        leader.close()
        thread.join(SECONDS_TO_END)
