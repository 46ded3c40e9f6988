"""What a container sees of this machine: folders and files, at which paths, to read or to write."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of this machine; ``at`` is its path in the container."""

    source: Path
    at: str
    writable: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Say it to podman or docker."""
        fields = ["type=bind", f"source={self.source}", f"target={self.at}", *([] if self.writable else ["readonly"])]
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(fields)
        return ("--mount", line.getvalue())


def mounts(*, written: Iterable[Path], read: Iterable[Path]) -> tuple[Mount, ...]:
    """Mount folders where they are; one that is written to stays so when another one that is read lies around it."""
    places = dict.fromkeys((one.resolve() for one in read), False) | dict.fromkeys(
        (one.resolve() for one in written), True
    )
    return tuple(Mount(source=path, at=str(path), writable=places[path]) for path in sorted(places))


def folders_of(channels: Sequence[str]) -> tuple[Path, ...]:
    """Give those of some channels' addresses that are folders."""
    parts = [urlsplit(channel) for channel in channels]
    return tuple(Path(url2pathname(one.path)) for one in parts if one.scheme == "file")


def asked_by_network(channels: Sequence[str]) -> tuple[str, ...]:
    """Give those of some channels' addresses that are no folders."""
    return tuple(channel for channel in channels if urlsplit(channel).scheme != "file")
