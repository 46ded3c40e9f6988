"""Run exports of all packages of a channel's subdir: the file ``run_exports.json`` beside its index (CEP 12)."""

import http
import io
import json
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from ownconda.errors import OutsideError, Where
from ownconda.wires.zstandard import zstd

Exports = Mapping[str, tuple[str, ...]]
"""The match specs that a package exports, by kind: ``weak``, ``strong``, ``noarch``, …."""

NAMES = ("run_exports.json.zst", "run_exports.json")
LARGEST = 1 << 30
"""Bytes of such a file, unpacked."""

_ABSENT = (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.FORBIDDEN, http.HTTPStatus.GONE)


def run_exports(channel: str, subdir: str) -> Mapping[str, Exports] | None:
    """Give what each package of a channel's subdir exports, by file name; None where the channel doesn't tell.

    ``channel`` is an address. Raises OutsideError when it tells in a way that can't be read.
    """
    for name in NAMES:
        address = f"{channel.rstrip('/')}/{subdir}/{name}"
        content = _local(address) if address.startswith("file:") else _fetched(address)
        if content is not None:
            return _read(content, address)
    return None


def _local(address: str) -> bytes | None:
    try:
        return Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path)).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutsideError(f"it can't be read: {error}", where=Where(file=address)) from error


def _fetched(address: str) -> bytes | None:
    from ownconda.wires.http import reached, session  # noqa: PLC0415  (HTTP is loaded where it is needed)

    with session() as asking, reached(address):
        answer = asking.get(address)
        if answer.status_code in _ABSENT:
            return None
        answer.raise_for_status()
        return answer.content


def _read(content: bytes, address: str) -> Mapping[str, Exports]:
    try:
        told = json.loads(_unpacked(content) if address.endswith(".zst") else content)
        return {
            file: {kind: tuple(map(str, specs)) for kind, specs in (entry.get("run_exports") or {}).items()}
            for section in ("packages", "packages.conda")
            for file, entry in told.get(section, {}).items()
        }
    except (zstd.ZstdError, EOFError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise OutsideError(f"it isn't what CEP 12 describes: {error}", where=Where(file=address)) from error


def _unpacked(content: bytes) -> bytes:
    with zstd.open(io.BytesIO(content)) as stream:
        unpacked = stream.read(LARGEST + 1)
    if len(unpacked) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return unpacked
