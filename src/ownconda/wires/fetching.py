"""What lies at an address fetched: into a file that is whole or isn't there, into memory, or only for its sha256."""

import hashlib
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from ownconda.errors import OutsideError, Where
from ownconda.wires.files import atomic_file, digests_of, link_or_copy, make_folder
from ownconda.wires.http import reached, redacted

CHUNK = 1 << 20
_NOT_THERE = (requests.codes.not_found, requests.codes.gone)


class NotThereError(OutsideError):
    """Who was asked answers, and has no such file."""


class OtherContentError(OutsideError):
    """It arrived whole, and isn't what its checksum says."""


def fetch(  # noqa: PLR0913  (all that is known of a file)
    url: str, target: Path, session: requests.Session, *, sha256: str = "", md5: str = "", most: int = 0
) -> Path:
    """Fetch a file to ``target``, which is whole or isn't there; of a ``file://`` address by a link or a copy.

    More than ``most`` bytes aren't taken from the web (0: any number).

    Raises NotThereError, OtherContentError when it isn't what its checksums, if there are any, say, and OutsideError
    when it can't be reached.
    """
    address = urllib.parse.urlsplit(url)
    if address.scheme == "file":
        make_folder(target.parent)
        link_or_copy(Path(urllib.parse.unquote(address.path)), target)
    elif not fetch_if_there(url, target, session, most=most):
        raise NotThereError("isn't there", where=Where(file=redacted(url)))
    if not is_whole(target, sha256=sha256, md5=md5):
        target.unlink()
        raise OtherContentError(
            "isn't what the channel lists", where=Where(file=redacted(url)), hint="index that channel anew"
        )
    return target


def arriving(answer: requests.Response, url: str, *, most: int = 0) -> Iterator[bytes]:
    """Give the body of an answer in pieces.

    Raises OutsideError when it breaks off: requests' own error is an OSError, and would look like one of the disk.
    Raises OtherContentError when it has more than ``most`` bytes (0: any number), as one that never ends.
    """
    taken = 0
    with reached(url):
        for chunk in answer.iter_content(CHUNK):
            taken += len(chunk)
            if 0 < most < taken:
                raise OtherContentError(f"has more than {most} bytes", where=Where(file=redacted(url)))
            yield chunk


def is_whole(file: Path, *, sha256: str, md5: str) -> bool:
    """Tell whether a file is there, and is what the strongest of its checksums says, if there is any."""
    if not file.is_file():
        return False
    if not sha256 and not md5:
        return True
    found = digests_of(file)
    return found.sha256 == sha256 if sha256 else found.md5 == md5


def fetch_if_there(url: str, target: Path, session: requests.Session, *, most: int = 0) -> bool:
    """Fetch a file to ``target``, which is whole or isn't there, and tell whether there is one.

    Raises OutsideError when it can't be reached, OtherContentError when it has more than ``most`` bytes (0: as many as
    come).
    """
    with _answered(url, session, most=most) as chunks:
        if chunks is None:
            return False
        with atomic_file(target, durable=False) as file:
            for chunk in chunks:
                file.write(chunk)
        return True


def read_if_there(url: str, session: requests.Session, *, largest: int) -> bytes | None:
    """Read what is at an address, None when nothing is.

    Raises OutsideError when it can't be reached, OtherContentError when it is larger than so many bytes.
    """
    with _answered(url, session, most=largest) as chunks:
        return None if chunks is None else b"".join(chunks)


def sha256_at(url: str, session: requests.Session) -> str | None:
    """Read what is at an address only for its sha256, None when nothing is. Raises OutsideError likewise."""
    digest = hashlib.sha256()
    with _answered(url, session) as chunks:
        for chunk in () if chunks is None else chunks:
            digest.update(chunk)
        return None if chunks is None else digest.hexdigest()


@contextmanager
def _answered(url: str, session: requests.Session, *, most: int = 0) -> Iterator[Iterable[bytes] | None]:
    """Give the bytes at an address, or None when there are none."""
    with reached(url), session.get(url, stream=True) as answer:
        if answer.status_code in _NOT_THERE:
            yield None
            return
        answer.raise_for_status()
        yield arriving(answer, url, most=most)
