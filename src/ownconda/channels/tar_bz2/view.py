"""The sibling of a channel that lists its packages as .tar.bz2, written when all of them are there.

It follows its channel by as long as it takes to make what is new there.
"""

import bz2
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ownconda.channels.channels import Channels
from ownconda.channels.charters import TAR_BZ2
from ownconda.channels.public import PublicIndex
from ownconda.channels.shown_terms import patches_of
from ownconda.channels.snapshots import State
from ownconda.channels.tar_bz2.twins import CONDA, made_twin, twin_entry, twin_path
from ownconda.channels.upkeep.garbage import A_DAY, unreferred_shards
from ownconda.errors import WrongInputError
from ownconda.repodata.documents import REPODATA
from ownconda.repodata.entries import Entry
from ownconda.repodata.patches import patched_channel
from ownconda.repodata.revisions import needs_v3
from ownconda.wires.files import disk_error, exclusive_lock, write_atomically

BZ2 = f"{REPODATA}.bz2"


def packages_of(channels: Channels, channel: str) -> Path:
    """Give the folder in which the packages of a channel's sibling lie."""
    return channels.folder.channel(f"{channel}{TAR_BZ2}")


def index_of(channels: Channels, channel: str) -> Path:
    """Give the folder in which the index files of a channel's sibling lie.

    No web server in front serves them by itself: the forge looks each time whether they show what the channel lists.
    """
    return channels.folder.tar_bz2_indexes / channel


def shows(channels: Channels, channel: str) -> bool:
    """Tell whether the sibling shows what its channel lists now. Raises MissingError or BrokenChannelError."""
    folder = index_of(channels, channel)
    written = PublicIndex(folder).shows(channels.state(channel).snapshot)
    return written and all(map(_is_compressed, folder.glob(f"*/{REPODATA}")))


def bring_up_to_date(channels: Channels, channel: str, *, tell: Callable[[str], None]) -> None:
    """Make what the sibling lacks, then write its index; ``tell`` gets a line for each package that has to be left out.

    Raises BrokenChannelError, or OutsideError when the disk refuses.
    """
    folder = index_of(channels, channel)
    with exclusive_lock(folder.with_name(f".{folder.name}.lock")):  # other processes may be at it, too
        if not shows(channels, channel):
            _write(channels, channels.state(channel), folder, tell)


def _write(channels: Channels, state: State, folder: Path, tell: Callable[[str], None]) -> None:
    twins = {twin.path: twin for twin in _twins(channels, state, tell)}
    PublicIndex(folder).write_anew(twins, state.snapshot)
    for index in folder.glob(f"*/{REPODATA}"):
        write_atomically(index.with_name(BZ2), bz2.compress(index.read_bytes()), durable=False)


def tidy(channels: Channels) -> None:
    """Remove from siblings what is of no package that its channel shows any more, and those that nobody wants.

    Their bytes go with what nobody refers to. Raises OutsideError when the disk refuses.
    """
    for sibling in (channels.folder.public / "conda").glob(f"*{TAR_BZ2}"):
        try:
            for place in _unneeded(channels, sibling):
                place.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, sibling) from error


def _is_compressed(index: Path) -> bool:
    """Tell whether an index was compressed since it was written: a kill may have come in between."""
    try:
        return index.with_name(BZ2).stat().st_mtime_ns >= index.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def _unneeded(channels: Channels, sibling: Path) -> Iterator[Path]:
    name = sibling.name.removesuffix(TAR_BZ2)
    yield from unreferred_shards(index_of(channels, name), before=channels.now() - A_DAY)
    wanted = name in channels.names() and channels.charter(name).tar_bz2
    for place in sibling.glob("*/*.tar.bz2"):
        beside = channels.folder.channel(name) / place.parent.name / place.name
        if not wanted or not any(one.is_file() for one in (beside, _conda(beside))):
            yield place


def _twins(channels: Channels, state: State, tell: Callable[[str], None]) -> Iterator[Entry]:
    """Make, show and give what the sibling is to list: the channel's own .tar.bz2, and twins of what hasn't got one."""
    listed = {entry.path: entry for entry in _shown(state)}
    folder = packages_of(channels, state.snapshot.channel)
    for path, entry in listed.items():
        if path.endswith(CONDA) and twin_path(path) in listed:
            continue
        try:
            twin = _twin(channels, entry) if path.endswith(CONDA) else entry
        except WrongInputError as error:
            tell(f"{path} can't be had as .tar.bz2: {error}")
        else:
            channels.store.show({folder / twin.path: twin.record.sha256}, durable=False)
            yield twin


def _twin(channels: Channels, entry: Entry) -> Entry:
    return twin_entry(entry, made_twin(channels.folder, channels.store, entry.record))


def _shown(state: State) -> Iterable[Entry]:
    """Give what a channel offers as its patches let it be seen, but for what older clients couldn't understand."""
    seen = patched_channel(state.contents.values(), patches_of(state.terms))
    return (entry for entry in seen if not entry.yanked and not needs_v3(entry.record))


def _conda(place: Path) -> Path:
    return place.with_name(f"{place.name.removesuffix('.tar.bz2')}{CONDA}")
