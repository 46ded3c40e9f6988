"""Downloads, as a forge tells them, and as it is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadsInfo:
    """How often a package file was downloaded from a channel: by days since 1970, without those on which it wasn't."""

    path: str
    size: int
    days: Mapping[int, int]

    @property
    def total(self) -> int:
        """How often on all of them."""
        return sum(self.days.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedInfo:
    """The downloads of a channel's files; ``counted`` are the days, since 1970, on which any were counted."""

    since: int
    counted: tuple[int, ...]
    files: tuple[DownloadsInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """An access log as far as it was counted: checksums of its first line, and of its first ``size`` bytes."""

    begin: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A package file, by its path in a channel, and the day, since 1970 in UTC, on which it was downloaded."""

    channel: str
    path: str
    day: int


def downloads(forge: ForgeClient, channel: str, specs: Sequence[str], *, days: int) -> CountedInfo:
    """Tell how often what specs choose in a channel (without: everything) was downloaded in the last days."""
    asked = {"spec": list(specs), "days": days}
    told = forge.ask("GET", f"channels/{quote(channel, safe='')}/downloads", params=asked)
    return CountedInfo(since=told["since"], counted=tuple(told["counted"]), files=tuple(map(_file, told["files"])))


def logs_read(forge: ForgeClient, begin: str) -> tuple[ReadLog, ...]:
    """Tell how far logs with a first line of this checksum were counted."""
    told = forge.ask("GET", "downloads/logs", params={"begin": begin})
    return tuple(ReadLog(begin=begin, size=one["size"], sha256=one["sha256"]) for one in told["logs"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What a log tells beyond what was read ``before``: downloads, and the days of all of its lines.

    ``known`` are all logs that begin as it does, as far as they were counted.
    """

    known: tuple[ReadLog, ...]
    before: ReadLog | None
    log: ReadLog
    counts: Mapping[Download, int]
    days: frozenset[int]


def count_log(forge: ForgeClient, added: Addition) -> int:
    """Tell what a log adds, and give how many downloads that are.

    Raises ConflictError when somebody else has counted it meanwhile, or the forge counts downloads itself.
    """
    written: dict[str, dict[str, dict[str, int]]] = {}
    for one, count in added.counts.items():
        written.setdefault(one.channel, {}).setdefault(one.path, {})[str(one.day)] = count
    body = {
        "counts": written,
        "days": sorted(added.days),
        "known": [asdict(one) for one in added.known],
        "before": added.before and asdict(added.before),
        "log": asdict(added.log),
    }
    return int(forge.ask("POST", "downloads/logs", json=body)["counted"])


def _file(told: Mapping[str, Any]) -> DownloadsInfo:
    days = {int(day): count for day, count in told["days"].items()}
    return DownloadsInfo(path=told["path"], size=told["size"], days=days)
