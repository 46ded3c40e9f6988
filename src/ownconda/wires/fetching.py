"""A file fetched whole from an address, checked against its sha256."""

import urllib.parse
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
    else:
        with reached(url), session.get(url, stream=True) as answer:
            answer.raise_for_status()
            with atomic_file(target, durable=False) as file:
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
    if sha256 and sha256_of(target) != sha256:
        target.unlink()
        raise OutsideError(
            "isn't what the channel lists", where=Where(file=redacted(url)), hint="index that channel anew"
        )
    return target
