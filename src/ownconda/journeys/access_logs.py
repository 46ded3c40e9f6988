"""What a web server's access log, in the combined format, tells of downloads of packages."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from ownconda.channels.charters import AT
from ownconda.forge_client.downloads import Download

SECONDS_A_DAY = 86_400

_LINE = re.compile(
    rb"\[(?P<time>\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rb'"(?P<method>[A-Z]+) (?P<target>\S+)[^"]*" (?P<status>\d{3}) '
)
_PACKAGE = re.compile(r"(?:.*/)?conda/(?:t/[^/]*/)?(?P<channel>[^/]+)/(?P<path>[^/]+/[^/]+\.(?:conda|tar\.bz2))")
_WHOLE = b"200"
"""The status of a download that begins. A part (206) is where one goes on, or where only metadata is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line: on which day, since 1970, something was asked for, and which package was downloaded, if one was."""

    day: int
    downloaded: Download | None = None


def read_line(line: bytes) -> Request | None:
    """Read a line of a log; None for one that isn't of that format."""
    found = _LINE.search(line)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found["time"].decode(), "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
    day = int(moment.timestamp()) // SECONDS_A_DAY
    begins = found["method"] == b"GET" and found["status"] == _WHOLE
    return Request(day=day, downloaded=_downloaded(found["target"], day) if begins else None)


def _downloaded(target: bytes, day: int) -> Download | None:
    path = unquote(target.partition(b"?")[0].decode(errors="replace"))
    found = _PACKAGE.fullmatch(path)
    if found is None:
        return None
    channel = found["channel"].partition(AT)[0]  # a channel as it was is the channel
    return Download(channel=channel, path=found["path"], day=day)
