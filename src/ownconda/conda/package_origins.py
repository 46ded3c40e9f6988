"""The checksums of what a package was made from, as far as the files in its ``info`` folder tell.

Recipes are searched as text, never evaluated: what a forge reads comes from anybody. Too much may be found, never too
little.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ownconda.conda.package_metadata import json_value

OWN_RECORD = "info/ownconda.json"
RENDERED, CONDA_BUILDS, WRITTEN = (
    "info/recipe/rendered_recipe.yaml",
    "info/recipe/meta.yaml",
    "info/recipe/recipe.yaml",
)
ORIGIN_FILES = (OWN_RECORD, RENDERED, CONDA_BUILDS, WRITTEN)

MOST = 500
"""Checksums of one package that are noted; of one that names more it isn't known what it was made from."""

_DIGITS = (128, 96, 64, 56, 40, 32)
_DIGEST = re.compile(rf"(?<![0-9a-f])(?:{'|'.join(f'[0-9a-f]{{{many}}}' for many in _DIGITS)})(?![0-9a-f])")
_SOLVED = re.compile(r"^finalized_dependencies:.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
"""What rattler-build solved: it names the checksum of every package that was installed to build."""

_REPOSITORY = re.compile(r"^[ \t-]*git(?:_url)?:", re.MULTILINE)
_COMMIT = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")


def source_checksums(files: Mapping[str, bytes]) -> tuple[str, ...] | None:
    """Give the checksums and commits that may be of a package's sources; ``files`` are those of `ORIGIN_FILES`.

    None when it isn't known: no rendered recipe is there, or a repository is named without a commit.
    """
    recorded = _recorded(files.get(OWN_RECORD))
    texts = [_text(files[name]) for name in ORIGIN_FILES[1:] if name in files]
    if recorded is None and (RENDERED not in files and CONDA_BUILDS not in files):
        return None
    if recorded is None and any(_REPOSITORY.search(text) and not _COMMIT.search(text) for text in texts):
        return None
    found = {*(recorded or ()), *(digest for text in texts for digest in _DIGEST.findall(text))}
    return tuple(sorted(found)) if len(found) <= MOST else None


def recorded_sources(record: bytes | None) -> tuple[Mapping[str, Any], ...] | None:
    """Give the sources that ownconda noted in a package; None when it noted none, or what can't be read."""
    try:
        told = json_value(record) if record else None
    except ValueError:
        return None
    listed = told.get("sources") if isinstance(told, Mapping) else None
    return tuple(one for one in listed if isinstance(one, Mapping)) if isinstance(listed, list) else None


def _recorded(record: bytes | None) -> set[str] | None:
    sources = recorded_sources(record)
    return None if sources is None else set(_digests(sources))


def _digests(sources: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for source in sources:
        for key in ("sha256", "commit"):
            yield from _DIGEST.findall(str(source.get(key, "")).lower())


def _text(content: bytes) -> str:
    return _SOLVED.sub("", content.decode(errors="replace")).lower()
