"""Which files the index of a channel elsewhere lists: where each is, and what its content is held against."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ownconda.conda.names import parse_file_name
from ownconda.errors import WrongInputError
from ownconda.repodata.revisions import V3

SECTIONS = ("packages", "packages.conda")
_DIGEST = {"sha256": re.compile(r"[0-9a-f]{64}"), "md5": re.compile(r"[0-9a-f]{32}")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A package file as a subdir's index lists it; empty and 0 for what that doesn't say. ``size`` is in bytes."""

    name: str
    url: str
    sha256: str = ""
    md5: str = ""
    size: int = 0


def listed_files(told: Mapping[str, Any], address: str) -> Iterator[ListedFile]:
    """Give the files that the index of the subdir at ``address`` lists, but for those that can't be called so.

    Raises AttributeError, TypeError or ValueError for what is no index.
    """
    base = _base(told, address)
    for name, fields in listed_records(told):
        if is_file_name(name):
            yield ListedFile(
                name=name,
                url=urljoin(f"{base.rstrip('/')}/", quote(name)),
                sha256=_digest(fields, "sha256"),
                md5=_digest(fields, "md5"),
                size=size if type(size := fields.get("size")) is int and size > 0 else 0,
            )


def listed_records(told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give what an index lists, each with its file name, those for newer clients (CEP 48) too."""
    for section in SECTIONS:
        yield from told.get(section, {}).items()
    for extension, records in told.get(V3, {}).items():
        for stem, fields in records.items():
            yield f"{stem}.{extension}", fields


def is_file_name(name: str) -> bool:
    """Tell whether a package file may be called so: then it is no path either."""
    try:
        parse_file_name(name)
    except WrongInputError:
        return False
    return True


def _base(told: Mapping[str, Any], address: str) -> str:
    """Give the folder that the files lie in (CEP 15): on the web, so that it can't lead to our own files."""
    base = urljoin(f"{address}/", str(told.get("info", {}).get("base_url") or ""))
    if urlsplit(base).scheme not in {"http", "https"}:
        raise ValueError(f"its base_url is {base[:200]!r}")
    return base


def _digest(fields: Mapping[str, Any], kind: str) -> str:
    digest = fields.get(kind)
    found = digest.lower() if isinstance(digest, str) else ""
    return found if _DIGEST[kind].fullmatch(found) else ""
