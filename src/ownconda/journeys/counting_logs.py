"""Access logs told to a forge: what each adds to the downloads that were counted, and no line twice.

A log is known again by its first line and by the checksum of what was read of it, so it may grow, be renamed
and be compressed in between.
"""

import gzip
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ownconda.errors import Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.downloads import Addition, Download, ReadLog, count_log, logs_read
from ownconda.journeys.access_logs import read_line

_GZIP = b"\x1f\x8b"


def count_downloads(forge: ForgeClient, path: Path) -> int:
    """Tell a forge what a log adds, and give how many downloads that are.

    Raises WrongInputError when it can't be read, or is no access log in the combined format.
    """
    try:
        with _opened(path) as file:
            first = file.readline()
        if not first.endswith(b"\n"):
            return 0
        known = logs_read(forge, hashlib.sha256(first).hexdigest())
        with _opened(path) as file:
            found = addition(file, known, where=Where(file=path))
    except (OSError, EOFError) as error:
        raise WrongInputError(f"can't be read: {error}", where=Where(file=path)) from error
    if found.log == found.before:
        return 0
    return count_log(forge, found)


def addition(lines: Iterable[bytes], known: tuple[ReadLog, ...], *, where: Where) -> Addition:
    """Read a log's whole lines, and tell what they add to the longest part of it that is ``known``.

    Raises WrongInputError when not one of them is of the combined format.
    """
    parts = {one.size: one for one in known}
    read, size, begin = hashlib.sha256(), 0, ""
    before: ReadLog | None = None
    counts: Counter[Download] = Counter()
    days: set[int] = set()
    for line in lines:
        if not line.endswith(b"\n"):
            break  # it is being written
        read.update(line)
        size += len(line)
        begin = begin or read.hexdigest()
        request = read_line(line)
        if request:
            days.add(request.day)
            counts.update([request.downloaded] if request.downloaded else [])
        if size in parts and parts[size].sha256 == read.hexdigest():
            before = parts[size]
            counts.clear()
    if size and not days:
        hint = "nginx and Apache call that format `combined`"
        raise WrongInputError("isn't an access log in the combined format", where=where, hint=hint)
    log = ReadLog(begin=begin, size=size, sha256=read.hexdigest())
    return Addition(known=known, before=before, log=log, counts=counts, days=frozenset(days))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.open(file) as unpacked:
            yield cast("IO[bytes]", unpacked)
