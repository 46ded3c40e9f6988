"""Whether a channel is what it says: its files are there, its index is its snapshot's, all of it can be installed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.channels.attested import shown_files
from ownconda.channels.channels import Channels
from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.refusals import Refusal, in_words, refusals, to_ask
from ownconda.channels.gate.standing import Standing, subdirs
from ownconda.channels.gatekeeping import Gate
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.related import standing
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import Snapshot, State
from ownconda.conda.installability import open_rattler
from ownconda.conda.machines import machines_for
from ownconda.conda.names import NOARCH, SUBDIRS
from ownconda.errors import OutsideError, Problem, Where
from ownconda.repodata.documents import COMPRESSED, SHARD_INDEX, index_files
from ownconda.repodata.indexes import SubdirIndex, index_subdir
from ownconda.repodata.shards import SHARDS_FOLDER, read_shard_index
from ownconda.stores.store import Store
from ownconda.wires.files import sha256_of
from ownconda.wires.zstandard import zstd

_HINT = "`ownconda forge serve` puts it right at its next start, as far as the store has it; else upload it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What speaks against a channel at a snapshot, and how many of its packages were looked at."""

    snapshot: Snapshot
    packages: int
    problems: tuple[Problem, ...]


def check_channel(channels: Channels, name: str, gate: Gate | None, *, deep: bool) -> Checked:
    """Check a channel, or one as it was (``stable.at.7``).

    ``deep`` reads every byte. A ``gate`` is asked whether all of it can be installed. Raises MissingError when there is
    no such channel, BrokenChannelError when it can't be read.
    """
    state = channels.state_at(name)
    channel = next(one for one in channels.all() if one.name == state.snapshot.channel)
    problems = list(_lost_files(channels.store, channel, state, deep=deep))
    if name == channel.name:  # the index of a channel as it was is made when somebody looks
        problems += _wrong_index(channels, channel)
    if gate is not None:
        problems += _uninstallable(channels, state, gate)
    return Checked(snapshot=state.snapshot, packages=len(state.contents), problems=tuple(problems))


def _lost_files(store: Store, channel: OneChannel, state: State, *, deep: bool) -> Iterator[Problem]:
    sizes = {channel.folder / path: entry.record.size for path, entry in state.contents.items()}
    shown = shown_files(channel.folder, state.contents)
    far = (
        frozenset()
        if store is store.near
        else frozenset(store.sizes({sha256 for place, sha256 in shown.items() if not place.exists()}))
    )
    for place, sha256 in sorted(shown.items()):
        if sha256 in far and not place.exists():
            what = _fault_elsewhere(store, sha256) if deep else ""
        else:
            what = _fault(place, sizes.get(place), sha256 if deep else "")
        if what:
            yield Problem(what=what, where=Where(file=_in_channel(channel, place)), hint=_HINT)


def _fault(place: Path, size: int | None, sha256: str) -> str:
    """Tell what is wrong with a file, if anything."""
    try:
        found = place.stat().st_size
        if size is not None and found != size:
            return f"has {found:,} bytes instead of {size:,}"
        return "has other contents than its sha256 says" if sha256 and sha256_of(place) != sha256 else ""
    except OSError as error:
        return f"isn't there: {error.strerror}"


def _fault_elsewhere(store: Store, sha256: str) -> str:
    """Tell what is wrong with a file that isn't on this machine yet; it is brought here to be read."""
    try:
        store.local(sha256)
    except OutsideError as error:
        return error.problems[0].what
    return ""


def _wrong_index(channels: Channels, channel: OneChannel) -> tuple[Problem, ...]:
    """Compare the index files with what they should be; again when nobody changes the channel, if they differ."""
    problems = tuple(_index_problems(channel))
    if problems:
        with channels.changing(channel.name):
            problems = tuple(_index_problems(channel))
    return problems


def _index_problems(channel: OneChannel) -> Iterator[Problem]:
    state = channel.state()
    terms = shown_terms(state.terms)
    there = {subdir for subdir in SUBDIRS if (channel.folder / subdir).is_dir()}
    for subdir in sorted({NOARCH} | there | {entry.record.subdir for entry in state.contents.values()}):
        entries = (entry for entry in state.contents.values() if entry.record.subdir == subdir)
        index = index_subdir(subdir, entries, info=terms.info, patch=terms.patch_of(subdir))
        for place in _wrong_files(channel.folder / subdir, index):
            yield Problem(
                what=f"isn't what snapshot {state.snapshot.id} says",
                where=Where(file=_in_channel(channel, place)),
                hint="start the forge again: it writes the index anew",
            )


def _wrong_files(folder: Path, index: SubdirIndex) -> Iterator[Path]:
    """Give the index files that don't say what they should; how well they are compressed doesn't matter."""
    files = dict(index_files(index))
    meant = read_shard_index(files.pop(SHARD_INDEX))
    yield from (folder / name for name, content in files.items() if not _says(folder / name, content))
    shown = _shown_shards(folder)
    if shown.keys() != meant.keys():
        yield folder / SHARD_INDEX
        return
    for name, digest in shown.items():
        place = folder / SHARDS_FOLDER / f"{digest.hex()}.msgpack{COMPRESSED}"
        if not _says(place, index.new_shards[meant[name]]):
            yield place


def _shown_shards(folder: Path) -> Mapping[str, bytes]:
    try:
        return read_shard_index((folder / SHARD_INDEX).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _says(place: Path, content: bytes) -> bool:
    try:
        found = place.read_bytes()
        if found == content or not place.name.endswith(COMPRESSED):
            return found == content
        return bool(zstd.decompress(found) == zstd.decompress(content))
    except (OSError, zstd.ZstdError):
        return False


def _uninstallable(channels: Channels, state: State, gate: Gate) -> Iterator[Problem]:
    for one in _refused(standing(state, channels), gate):
        told = "nobody knows whether it can be installed" if one.undecided else "can't be installed"
        where = Where(file=f"{state.snapshot.channel}/{one.path}")
        yield Problem(what=f"{told} on {one.machine}: {one.words}", where=where)


def _refused(here: Standing, gate: Gate) -> tuple[Refusal, ...]:
    """Ask as the gate does when all of a channel arrives at once."""
    machines = machines_for(subdirs(here.own), gate.machines, glibc=gate.glibc)
    nothing = Inquiry(Standing(own={}), machines, open_rattler)
    with nothing as before, Inquiry(here, machines, open_rattler) as after:
        return in_words(refusals(to_ask(before, after), before, after), after)


def _in_channel(channel: OneChannel, place: Path) -> str:
    return f"{channel.name}/{place.relative_to(channel.folder)}"
