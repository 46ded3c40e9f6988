"""What lies at an address fetched: into a file that is whole or isn't there, into memory, or only for its sha256."""

import hashlib
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import requests

from ownconda.errors import OutsideError, Where
from ownconda.wires.files import atomic_file, link_or_copy, make_folder, sha256_of
from ownconda.wires.http import reached, redacted

CHUNK = 1 << 20


def fetch(url: str, target: Path, session: requests.Session, *, sha256: str = "") -> Path:
    """Fetch a file to ``target``, which is whole or isn't there; of a ``file://`` address by a link or a copy.

    Raises OutsideError when it can't be reached, or when it isn't what its sha256, if there is one, says.
    """
    address = urllib.parse.urlsplit(url)
    if address.scheme == "file":
        make_folder(target.parent)
        link_or_copy(Path(urllib.parse.unquote(address.path)), target)
    elif not fetch_if_there(url, target, session):
        raise OutsideError("the server answered 404: it isn't there", where=Where(file=redacted(url)))
    if sha256 and sha256_of(target) != sha256:
        target.unlink()
        raise OutsideError(
            "isn't what the channel lists", where=Where(file=redacted(url)), hint="index that channel anew"
        )
    return target


def fetch_if_there(url: str, target: Path, session: requests.Session) -> bool:
    """Fetch a file to ``target``, which is whole or isn't there, and tell whether there is one.

    Raises OutsideError when it can't be reached.
    """
    with _answered(url, session) as chunks:
        if chunks is None:
            return False
        with atomic_file(target, durable=False) as file:
            for chunk in chunks:
                file.write(chunk)
        return True


def read_if_there(url: str, session: requests.Session, *, largest: int) -> bytes | None:
    """Read what is at an address, None when nothing is.

    Raises OutsideError when it can't be reached, or is larger than so many bytes.
    """
    content = b""
    with _answered(url, session) as chunks:
        for chunk in () if chunks is None else chunks:
            content += chunk
            if len(content) > largest:
                raise OutsideError(f"is larger than {largest >> 20} MiB", where=Where(file=redacted(url)))
        return None if chunks is None else content


def sha256_at(url: str, session: requests.Session) -> str | None:
    """Read what is at an address only for its sha256, None when nothing is. Raises OutsideError likewise."""
    digest = hashlib.sha256()
    with _answered(url, session) as chunks:
        for chunk in () if chunks is None else chunks:
            digest.update(chunk)
        return None if chunks is None else digest.hexdigest()


@contextmanager
def _answered(url: str, session: requests.Session) -> Iterator[Iterable[bytes] | None]:
    """Give the bytes at an address, or None when there are none."""
    with reached(url), session.get(url, stream=True) as answer:
        if answer.status_code == HTTPStatus.NOT_FOUND:
            yield None
            return
        answer.raise_for_status()
        yield answer.iter_content(CHUNK)
