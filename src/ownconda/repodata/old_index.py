"""What an index of any age says of a channel's packages, and how far that is from what they say themselves."""

import bz2
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownconda.conda.package_metadata import check_index_fields
from ownconda.conda.records import Record
from ownconda.repodata.patch_instructions import UNPATCHABLE
from ownconda.repodata.patches import Patch
from ownconda.wires.files import CHUNK
from ownconda.wires.zstandard import zstd

FORMS: Mapping[str, Callable[[io.BytesIO], io.BytesIO | zstd.ZstdFile | bz2.BZ2File]] = {
    "repodata.json": lambda packed: packed,
    "repodata.json.zst": zstd.ZstdFile,
    "repodata.json.bz2": bz2.BZ2File,
}
"""What index files are called, and how each is opened."""

LARGEST = 1 << 30
"""Most bytes of an index, several times as many as the largest known has: what is longer was made to fill memory."""

UNREADABLE = (OSError, ValueError, EOFError, RecursionError, zstd.ZstdError)
"""What reading an index that is damaged may raise."""

_LATEST_SECOND = 253_402_300_799  # larger times are in milliseconds
_MEANINGFUL_WHEN_GONE = ("depends", "constrains", "track_features", "features")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldIndex:
    """What one subdir's index lists, by file name, and what it says was removed."""

    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def since(self, record: Record) -> int | None:
        """Tell since when a package was listed, or else when it was built, in milliseconds since 1970; None: nobody."""
        return told_time(self.records.get(record.file_name, {})) or told_time({"timestamp": record.timestamp})


def read_old_index(subdir: Path) -> OldIndex:
    """Read a subdir's index in the first form that can be read; an empty one when there is none."""
    for name in FORMS:
        try:
            told = unpacked_index(name, (subdir / name).read_bytes())
            records = {**told.get("packages", {}), **told.get("packages.conda", {})}
            return OldIndex(records=records, removed=frozenset(told.get("removed", ())))
        except (*UNREADABLE, AttributeError, TypeError):
            continue
    return OldIndex()


def unpacked_index(name: str, content: bytes) -> dict[str, Any]:
    """Read an index file whose name tells its form. Raises one of `UNREADABLE`."""
    told = json.loads(_unpacked(name, content))
    if not isinstance(told, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  (it is the file that is wrong)
    return told


def _unpacked(name: str, content: bytes) -> bytearray:
    unpacked = bytearray()
    with FORMS[name](io.BytesIO(content)) as file:
        while chunk := file.read(CHUNK):
            unpacked += chunk
            if len(unpacked) > LARGEST:
                raise ValueError(f"it has more than {LARGEST} bytes")
    return unpacked


def told_time(fields: Mapping[str, Any]) -> int | None:
    """Tell since when a package is listed, or else when it was built, in milliseconds since 1970, if that is said."""
    for time in (fields.get("indexed_timestamp"), fields.get("timestamp")):
        if isinstance(time, int) and time > 0:
            return time if time > _LATEST_SECOND else time * 1000
    return None


def patch_of(index: OldIndex, records: Iterable[Record]) -> Patch:
    """Give the patch that makes these packages of a subdir what its index says of them."""
    corrected = {record.file_name: _corrected(record, index.records.get(record.file_name)) for record in records}
    return Patch(fields={name: fields for name, fields in corrected.items() if fields})


def _corrected(record: Record, told: Mapping[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {}
    own: dict[str, Any] = json.loads(record.json)
    changed = {key: value for key, value in told.items() if key not in UNPATCHABLE and value != own.get(key)}
    gone = {key: None for key in _MEANINGFUL_WHEN_GONE if own.get(key) and key not in told}
    try:
        check_index_fields(changed)
    except ValueError:
        return {}
    return changed | gone
