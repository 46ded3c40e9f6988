"""What other processes do to the channels of the same forge: kept out while one is changed, followed otherwise."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import Change
from ownconda.errors import OutsideError
from ownconda.wires.database_server import LostError

if TYPE_CHECKING:
    from ownconda.channels.channels import Channels

SECONDS_BETWEEN_LOOKS = 0.5


@contextmanager
def kept_from_others(ledger: Ledger, channels: Sequence[OneChannel]) -> Iterator[None]:
    """Keep other processes from changing channels while the block runs, and see what they changed before.

    The caller holds the channels' own locks. Raises OutsideError when the database can't be reached.
    """
    fresh = [channel for channel in channels if not channel.is_kept]
    with ExitStack() as stack:
        if fresh and ledger.locks:
            stack.enter_context(ledger.locks.held([_lock_of(channel) for channel in fresh]))
            heads = ledger.heads()
            for channel in fresh:
                stack.enter_context(_kept(channel, heads[channel.name]))
        yield


@contextmanager
def following(channels: "Channels", besides: Callable[[], None]) -> Iterator[None]:
    """Follow what other processes do while the block runs, again and again; ``besides`` is done each time as well."""
    ended = threading.Event()
    settled: dict[str, int] = {}

    def look_again_and_again() -> None:
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            with contextlib.suppress(OutsideError):  # the database isn't there: it is asked again
                write_left_behind(channels, _heads(channels), settled)
                besides()

    looking = threading.Thread(target=look_again_and_again, daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()


def _heads(channels: "Channels") -> Mapping[str, int]:
    """Follow what others did, and note whether the database answers."""
    asked = time.monotonic()
    try:
        heads = channels.follow()
    except LostError as error:
        channels.outage.noticed(error)
        raise
    channels.outage.over(asked=asked)
    return heads


def write_left_behind(channels: "Channels", heads: Mapping[str, int], settled: dict[str, int]) -> None:
    """Write each index whose process died before it could, or wrote it into a folder of its own; note which ones fit.

    Raises OutsideError when the database can't be reached, or the disk refuses.
    """
    for channel in channels.all():
        head = heads.get(channel.name, 0)
        if settled.get(channel.name) != head and channel.broken is None:
            if channel.index.shown() < head:
                _write_if_nobody_does(channels, channel)
            else:
                settled[channel.name] = head


def _write_if_nobody_does(channels: "Channels", channel: OneChannel) -> None:
    locks, own = channels.ledger.locks, channel.changing()
    if locks is None or not own.acquire(blocking=False):
        return  # somebody in this process is at work
    try:
        is_own = not channels.folder.is_shared  # then nobody else writes to it
        with nullcontext(True) if is_own else locks.held_if_free(_lock_of(channel)) as free:
            if free:
                with _kept(channel), channel.noting_what_breaks():
                    write_owed(channel)
    finally:
        own.release()


def write_owed(channel: OneChannel) -> None:
    """Bring a channel's index files up to date; the caller keeps all others from them.

    Raises BrokenChannelError, or OutsideError when the disk refuses.
    """
    state = channel.state()
    terms = shown_terms(state.terms)
    if channel.index.is_distrusted:
        channel.index.write_anew(state.contents, state.snapshot, terms=terms)
    else:
        channel.index.write(channel.index.prepared(state.contents, Change(), terms=terms), state.snapshot)


@contextmanager
def _kept(channel: OneChannel, head: int | None = None) -> Iterator[None]:
    """Note that others are kept out, once it is seen what they did."""
    channel.follow(head)
    channel.index.go_on()
    channel.is_kept = True
    try:
        yield
    finally:
        channel.is_kept = False


def _lock_of(channel: OneChannel) -> str:
    return f"channel {channel.name}"
