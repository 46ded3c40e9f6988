"""Channels in a bucket as the plain files that clients know, for whoever serves the bucket without a forge.

A channel is below ``public/conda/<channel>/``. Packages, sidecars and shards are there before the index files that name
them. A marker says what was published last. Whoever publishes claims it first, and writes index files with the
condition that they are what they were after the claim: who was held up for long can't bring back an older index.
"""

import contextlib
import hashlib
import json
import mimetypes
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.attested import shown_files
from ownconda.channels.channels import Channels
from ownconda.channels.one_channel import OneChannel
from ownconda.conda.names import EXTENSIONS
from ownconda.repodata.index_names import index_places
from ownconda.repodata.shards import SHARDS_FOLDER
from ownconda.stores.bucket import BYTES, Bucket
from ownconda.stores.object_store import key_of
from ownconda.stores.store import lost

FOLDER = "public/conda"
MARKER = ".published"
AT_ONCE = 16
"""Objects that are written at once."""

_BELOW = Path()
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What clients are to find: places with the sha256 of bytes in the store, shards, index files with their bytes."""

    snapshot: int
    kept: Mapping[str, str]
    shards: Mapping[str, Path]
    files: Mapping[str, bytes]

    def digests(self) -> dict[str, str]:
        """Give the sha256 of each index file."""
        return {place: hashlib.sha256(content).hexdigest() for place, content in self.files.items()}


@dataclass(slots=True)
class _Published:
    """What is in the bucket as far as is known: the marker's tag and what it says, and the names that there are."""

    tag: str = ""
    snapshot: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    seen: object = None
    """What the files of this machine looked like, by their sizes and times, when all was found to be there."""


class Publisher:
    """Brings channels into a bucket, and takes them out again; for one thread.

    ``pages`` are names of files that lie beside a channel's index, and belong to it.
    """

    def __init__(self, channels: Channels, bucket: Bucket, *, pages: Sequence[str] = ()) -> None:
        self._channels = channels
        self._places = (*pages, *index_places())
        self._bucket = bucket
        self._known: dict[str, _Published] = {}

    def publish(self, channel: OneChannel) -> bool:
        """Bring a channel up to date, unless another process is at it; tell whether anything was to do.

        Raises ChangedError when another process published it meanwhile, OutsideError when the store refuses.
        """
        with self._alone(channel.name) as alone:
            if not alone:
                return False
            known, seen = self._published(channel.name), self._looks(channel)
            if known.seen == seen:
                return False
            shown = self._shown(channel)
            digests = shown.digests()
            is_newer = known.snapshot > shown.snapshot  # another machine is ahead of this one
            to_do = not is_newer and (known.digests != digests or not _is_there(shown.kept, known))
            if to_do:
                self._known.pop(channel.name, None)  # until all of it is there
                known = self._bring(f"{FOLDER}/{channel.name}", shown, digests, known)
            known.seen = None if is_newer else seen
            self._known[channel.name] = known
            return to_do

    def retract(self, name: str) -> int:
        """Let nothing of a channel be in the bucket; tell how many objects there were. Raises OutsideError."""
        self._known.pop(name, None)
        keys = [one.key for one in self._bucket.list(f"{FOLDER}/{name}")]
        _all(self._bucket.delete, keys)
        return len(keys)

    def retract_files(self, paths: Collection[str]) -> None:
        """Let packages that were purged, and what stands beside them, be in no channel. Raises OutsideError."""
        for channel in self._channels.all() if paths else ():
            root = f"{FOLDER}/{channel.name}"
            there = [one.key for one in self._bucket.list(root)]
            _all(self._bucket.delete, [one for one in there if _package_at(one.removeprefix(f"{root}/")) in paths])
            self._known.pop(channel.name, None)

    def keep(self, name: str, places: Collection[str]) -> int:
        """Let packages and sidecars of a channel be at these places alone; tell how many went. Raises OutsideError."""
        root = f"{FOLDER}/{name}/"
        there = [one.key.removeprefix(root) for one in self._bucket.list(root.rstrip("/"))]
        going = [place for place in there if place not in places and _is_kept(place)]
        self._known.pop(name, None)
        _all(lambda place: self._bucket.delete(f"{root}{place}"), going)
        return len(going)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[bool]:
        locks = self._channels.ledger.locks
        if locks is None:
            yield True
            return
        with locks.held_if_free(f"publishing {name}") as free:
            yield free

    def _bring(self, root: str, shown: _Shown, digests: dict[str, str], known: _Published) -> _Published:
        claim = {"snapshot": known.snapshot, "claimed": secrets.token_hex(8)}
        claimed = self._mark(root, known.tag, claim)
        tags = dict(zip(shown.files, _all(lambda place: self._tag(f"{root}/{place}"), shown.files), strict=True))
        kept = {place: sha256 for place, sha256 in shown.kept.items() if not _is_there({place: sha256}, known)}
        _all(lambda place: self._copy(kept[place], f"{root}/{place}"), kept)
        shards = {place: path for place, path in shown.shards.items() if place not in known.places}
        _all(lambda place: self._bucket.put(f"{root}/{place}", shards[place].read_bytes()), shards)
        fresh = [place for place in shown.files if known.digests.get(place) != digests[place] or not tags[place]]
        _all(lambda place: self._put(f"{root}/{place}", shown.files[place], tags[place]), fresh)
        moving = {place: sha256 for place, sha256 in shown.kept.items() if not _says_its_content(place)}
        return _Published(
            tag=self._mark(root, claimed, {"snapshot": shown.snapshot, "files": digests, "kept": moving}),
            snapshot=shown.snapshot,
            digests=digests,
            kept=known.kept | kept,
            places=known.places | {*kept, *shards, *fresh},
        )

    def _looks(self, channel: OneChannel) -> object:
        facts = tuple((place, one.st_size, one.st_mtime_ns) for place, one in self._index(channel))
        return channel.index.shown(), facts, self._channels.shelf.newest()

    def _index(self, channel: OneChannel) -> Iterator[tuple[str, os.stat_result]]:
        for place in self._places:
            with contextlib.suppress(FileNotFoundError):
                yield place, (channel.folder / place).stat()

    def _shown(self, channel: OneChannel) -> _Shown:
        """Read what this machine shows, while nobody changes it."""
        below = f"conda/{channel.name}/"
        lying = self._channels.shelf.lying().items()
        beside = {place.removeprefix(below): sha256 for place, sha256 in lying if place.startswith(below)}
        with channel.changing():
            listed = {str(place): sha256 for place, sha256 in shown_files(_BELOW, channel.state().contents).items()}
            return _Shown(
                snapshot=channel.index.shown(),
                kept=listed | beside,
                shards=dict(_shards_below(channel.folder)),
                files={place: (channel.folder / place).read_bytes() for place, _ in self._index(channel)},
            )

    def _published(self, name: str) -> _Published:
        """Tell what is in the bucket: what this process wrote, unless somebody else came since."""
        root, known = f"{FOLDER}/{name}", self._known.get(name)
        if known is not None and self._tag(f"{root}/{MARKER}") == known.tag:
            return known
        found = {one.key.removeprefix(f"{root}/"): one.tag for one in self._bucket.list(root)}
        if MARKER not in found:
            return _Published(places=set(found))
        said = _read_marker(self._bucket.get(f"{root}/{MARKER}"))
        return _Published(
            tag=found[MARKER],
            snapshot=said.get("snapshot", 0),
            digests=said.get("files", {}),
            kept={place: sha256 for place, sha256 in said.get("kept", {}).items() if place in found},
            places=set(found),
        )

    def _copy(self, sha256: str, key: str) -> None:
        try:
            self._bucket.copy(key_of(sha256), key)
        except FileNotFoundError:
            raise lost(f"{self._bucket.address}/{key_of(sha256)}") from None

    def _put(self, key: str, content: bytes, tag: str) -> None:
        media_type = mimetypes.guess_type(key)[0] if key.endswith((".html", ".json")) else None
        self._bucket.put_if(key, content, tag, media_type=media_type or BYTES)

    def _mark(self, root: str, tag: str, said: Mapping[str, object]) -> str:
        content = json.dumps(said, sort_keys=True).encode()
        return self._bucket.put_if(f"{root}/{MARKER}", content, tag, media_type="application/json")

    def _tag(self, key: str) -> str:
        found = self._bucket.find(key)
        return found.tag if found else ""


def retract_all(bucket: Bucket) -> None:
    """Let no channel be in a bucket, as what is there is of another ledger. Raises OutsideError."""
    _all(bucket.delete, [one.key for one in bucket.list(FOLDER)])


def _read_marker(content: bytes) -> dict[str, Any]:
    """Read what a marker says; nothing where somebody else wrote it."""
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_there(kept: Mapping[str, str], known: _Published) -> bool:
    """Tell whether bytes are in their places: a package's name says which for ever, of others the marker tells."""
    return all(
        place in known.places if _says_its_content(place) else known.kept.get(place) == sha256
        for place, sha256 in kept.items()
    )


def _says_its_content(place: str) -> bool:
    return place.endswith(EXTENSIONS)


def _is_kept(place: str) -> bool:
    """Tell whether a place is one of a package or a sidecar."""
    return "/" in place and _package_at(place).endswith(EXTENSIONS)


def _package_at(place: str) -> str:
    """Give the place of the package that a sidecar stands beside; of anything else its own."""
    signatures = f"{SUFFIXES['signatures']}."
    package = place.partition(signatures)[0] if signatures in place else place
    return next((package.removesuffix(one) for one in SUFFIXES.values() if package.endswith(one)), package)


def _shards_below(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(f"*/{SHARDS_FOLDER}/*")):
        if not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path


def _all(do: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
    """Do something with all items, some of them at once. Raises what the first one raised that failed."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, items))
