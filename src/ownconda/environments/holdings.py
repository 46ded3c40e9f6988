"""What holds packages on this machine: lock files of several tools, and prefixes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from ownconda.conda.names import EXTENSIONS
from ownconda.conda.prefixes import META
from ownconda.errors import Where, WrongInputError

LOCK, PREFIX = "lock", "prefix"

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EXPLICIT = "@EXPLICIT"
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What something of a kind holds: package files with their sha256, and the names of those that it has none of."""

    kind: str
    files: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


_Found = Iterable[tuple[str, str]]
"""Names or addresses of package files, each with its sha256, or with nothing."""


def holding(place: Path) -> Holding:
    """Read what a prefix holds, or a lock file of pixi, rattler, conda-lock or ``conda list --explicit``.

    Raises WrongInputError when it is neither.
    """
    if place.is_dir():
        return _holding(PREFIX, _in_prefix(place), place, hint=f"a prefix has a folder {META}")
    hint = "there are pixi.lock, conda-lock.yml, and what `conda list --explicit --sha256` prints"
    named = ((_file_name(url), sha256) for url, sha256 in _in_lock_file(place))
    return _holding(LOCK, named, place, hint=hint)


def locked_files(place: Path) -> tuple[tuple[str, str], ...]:
    """Give the addresses that a lock file names, each with its package's sha256, or with nothing.

    Raises WrongInputError when it is none.
    """
    found = tuple(_in_lock_file(place))
    if not found:
        raise WrongInputError("no packages are found in it: it isn't a lock file that is known", where=_at(place))
    return found


def _holding(kind: str, found: _Found, place: Path, *, hint: str) -> Holding:
    listed = dict(found)
    if not listed:
        raise WrongInputError(
            f"no packages are found in it: it isn't a {kind} that is known", where=_at(place), hint=hint
        )
    known = {name: sha256 for name, sha256 in listed.items() if sha256}
    return Holding(kind=kind, files=known, unknown=tuple(sorted(listed.keys() - known.keys())))


def _in_prefix(prefix: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((prefix / META).glob("*.json")):
        try:
            record = json.loads(path.read_bytes())
            yield str(record.get("fn") or _file_name(str(record["url"]))), _checked(record.get("sha256"))
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise WrongInputError(f"doesn't describe an installed package: {error}", where=_at(path)) from error


def _in_lock_file(path: Path) -> _Found:
    try:
        text = path.read_text(encoding="utf-8")
        if any(line.strip() == _EXPLICIT for line in text.splitlines()):
            return tuple(_explicit(text))
        return tuple(_listed(yaml.load(text, Loader=_Loader)))  # noqa: S506  (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WrongInputError(f"can't be read as a lock file: {error}", where=_at(path)) from error


def _explicit(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        url, _, digest = line.strip().partition("#")
        if _is_package(url):
            yield url, _checked(digest)


def _listed(content: object) -> Iterator[tuple[str, str]]:
    """Find packages in the lists in which pixi, rattler (``packages``) and conda-lock (``package``) have them."""
    fields = content if isinstance(content, dict) else {}
    for one in (*_list(fields.get("packages")), *_list(fields.get("package"))):
        url = str(one.get("conda") or one.get("url") or "")
        digests = one.get("hash")
        if _is_package(url):
            yield url, _checked(one.get("sha256") or (digests or {}).get("sha256"))


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_package(url: str) -> bool:
    return _file_name(url).endswith(EXTENSIONS)


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _checked(digest: object) -> str:
    found = _SHA256.fullmatch(str(digest or ""))
    return found[1] if found else ""


def _at(path: Path) -> Where:
    return Where(file=path)
