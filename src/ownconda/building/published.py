"""Packages that people name, by file or by match spec, as files."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ownconda.conda.names import EXTENSIONS
from ownconda.conda.solver import newest
from ownconda.errors import Where, WrongInputError
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Web
from ownconda.sources.fetching import fetch
from ownconda.sources.places.own_address import OwnAddress
from ownconda.sources.source import Source
from ownconda.wires.http import session
from ownconda.wires.progress import Progress


def as_files(packages: Sequence[str], *, channels: Sequence[str], cache: Path, progress: Progress) -> list[Path]:
    """Give the file of each package; for a match spec the newest one in ``channels``, fetched into ``cache``.

    Raises WrongInputError for a file that isn't there, NoError when no channel has such a package.
    """
    return [
        _file(Path(one)) if one.endswith(EXTENSIONS) else _fetched(one, channels, cache, progress) for one in packages
    ]


def _file(path: Path) -> Path:
    if not path.is_file():
        raise WrongInputError("there is no such file", where=Where(file=path))
    return path


def _fetched(spec: str, channels: Sequence[str], cache: Path, progress: Progress) -> Path:
    url, sha256 = newest(channels, spec)
    if url.startswith("file:"):
        return Path(url2pathname(urlsplit(url).path))
    source = Source(urls=(url,), checksum=Checksum(digest=sha256), file_name=url.rpartition("/")[2])
    return fetch(source, places=[OwnAddress(web=Web(session()))], cache=cache, progress=progress)
