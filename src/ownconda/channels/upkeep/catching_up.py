"""What keeps an open forge's folder as its ledger says: index files, links, purged bytes, relations."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from ownconda.channels.acts import Archive, Relate
from ownconda.channels.attested import shown_files
from ownconda.channels.channels import Channels
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.purging import erase
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import BrokenChannelError, Kind
from ownconda.channels.tar_bz2.twins import remembered
from ownconda.errors import ConflictError, OutsideError, Problem, Where

AUTHOR = "settings"


def catch_up(channels: Channels) -> None:
    """Write every index that isn't the one of its channel's snapshot; pass over a channel that is broken.

    A disk that refuses keeps nobody from reading: what is there is served, and the rest is written when it can be.
    """
    with contextlib.suppress(OutsideError):
        _erase_purged(channels)
    for channel in channels.all():
        _catch_up(channels, channel)


def show_anew(channels: Channels, name: str) -> None:
    """Show all that a channel lists, and write its index as if there were none."""
    for channel in channels.all():
        if channel.name == name:
            with channel.changing(), channel.noting_what_breaks():
                _write_again(channels, channel)


def relate(channels: Channels) -> None:
    """Let each channel stand on, and before, those that its charter names."""
    for channel in channels.all():
        _relate(channels, channel)


def take_up(channels: Channels) -> tuple[str, ...]:
    """Serve the channels, too, that were made since, by whichever process; give their names."""
    fresh = channels.learn()
    for channel in channels.all():
        if channel.name in fresh:
            _catch_up(channels, channel)
            _relate(channels, channel)
    return fresh


class Elsewhere:
    """What other machines do, followed on this one, which has a folder of its own: what they purge, and their shelf."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._newest = -1  # at the start the store may have refused

    def follow(self) -> None:
        """Let it be so here, too. Raises OutsideError when the ledger can't be asked, or the disk refuses."""
        newest = self._channels.ledger.newest(Kind.PURGE)
        if newest != self._newest:
            _erase_purged(self._channels)
            self._newest = newest
        self._channels.shelf.follow()


def _catch_up(channels: Channels, channel: OneChannel) -> None:
    with channels.changing(channel.name), channel.noting_what_breaks():
        head = channel.head()
        if not channel.index.shows(head, terms=shown_terms(channels.ledger.terms(head))):
            channel.index.distrust()
            _write_again(channels, channel)


def _relate(channels: Channels, channel: OneChannel) -> None:
    with contextlib.suppress(BrokenChannelError):
        wanted = channel.charter.base, channel.charter.overrides
        terms = channels.ledger.terms(channel.head())
        if wanted != (terms.base, terms.overrides):
            act = Relate(channel=channel.name, base=wanted[0], overrides=wanted[1])
            with contextlib.suppress(OutsideError):  # the disk refuses: at the next start
                channels.do(act, author=AUTHOR)


def fill_archives(channels: Channels) -> None:
    """Let each archive keep also what its channel lists since before it was the archive."""
    for channel in channels.all():
        if channel.charter.archive in channels.names():  # a forge that follows another one may not have all channels
            act = Archive(channel=channel.charter.archive, source=channel.name)
            with contextlib.suppress(OutsideError, ConflictError):  # what is lost or broken is told elsewhere
                channels.do(act, author=AUTHOR, reason=f"listed in {channel.name}")


def warm_up(channels: Channels) -> None:
    """Read all channels into memory, so that the first act on each is as quick as the next ones."""
    for channel in channels.all():
        with contextlib.suppress(BrokenChannelError):
            state = channel.state()
            with channels.changing(channel.name):
                channel.index.warm_up(state.contents)


def mend(channels: Channels) -> tuple[Problem, ...]:
    """Show again what was removed or damaged below ``public``, and tell what is lost for good.

    It reads much, and holds up no act unless there is something to mend.
    """
    problems: list[Problem] = []
    try:
        _erase_purged(channels)
    except OutsideError as error:
        problems.extend(error.problems)
    try:
        problems.extend(channels.shelf.settle())
    except OutsideError as error:
        problems.extend(error.problems)
    for channel in channels.all():
        if channel.broken is None:
            try:
                problems.extend(_mend(channels, channel))
            except OutsideError as error:
                problems.extend(error.problems)
    return tuple(problems)


def former_archives(channels: Channels) -> tuple[Problem, ...]:
    """Tell which channels were archives, and aren't any more as the settings have it: what they keep may go."""
    return tuple(
        Problem(
            what=f"the channel {name!r} was an archive, and isn't any channel's `archive` in the settings any more",
            hint="what it keeps may be pruned and removed now; name it again, or let another archive be filled first",
        )
        for name in channels.ledger.channels_with(Kind.ARCHIVING)
        if not channels.is_archive(name)
    )


def _erase_purged(channels: Channels) -> None:
    """Remove what was purged, all of it from this machine first: a store that is elsewhere may refuse."""
    purged = channels.ledger.purged().values()
    twins = [twin.sha256 for one in purged if (twin := remembered(channels.folder, one.sha256))]
    for one in purged:
        erase(one, channels.folder, channels.store.near, channels.names())
    if channels.store is not channels.store.near:
        for sha256 in (*(one.sha256 for one in purged), *twins):
            channels.store.discard(sha256)


def _write_again(channels: Channels, channel: OneChannel) -> None:
    """Write an index that can't be trusted; it stays so when the disk refuses."""
    try:
        _show_again(channels, channel)
        index_anew(channel)
    except BrokenChannelError:
        raise
    except OutsideError:
        channel.index.distrust()


def _mend(channels: Channels, channel: OneChannel) -> Sequence[Problem]:
    lost = _show_again(channels, channel)
    if channel.index.is_distrusted or channel.index.lacks_shards():
        with channels.changing(channel.name), channel.noting_what_breaks():
            index_anew(channel)
    return lost


def index_anew(channel: OneChannel) -> None:
    """Write a channel's index as if there were none; the caller holds the channel's lock."""
    state = channel.state()
    channel.index.write_anew(state.contents, state.snapshot, terms=shown_terms(state.terms))


def _show_again(channels: Channels, channel: OneChannel) -> Sequence[Problem]:
    """Show what clients should find and don't, and tell what can't be shown."""
    files = channels.store.not_shown(shown_files(channel.folder, channel.state().contents))
    lost = {place for place, sha256 in files.items() if not channels.store.holds(sha256)}
    channels.store.show({place: sha256 for place, sha256 in files.items() if place not in lost})
    return [_lost(place) for place in sorted(lost)]


def _lost(place: Path) -> Problem:
    return Problem(
        what="the store has lost this file",
        where=Where(file=place),
        hint="upload it again, or put back the last backup of the forge's folder",
    )
