"""What a package says of its licence, with the full texts in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ownconda.errors import Where, WrongInputError

INDEX, ABOUT, PATHS, TEXTS = "info/index.json", "info/about.json", "info/paths.json", "info/licenses/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLicence:
    """One package: ``said`` is its licence in its own words, ``texts`` the files with full texts, by their names.

    ``is_empty`` is true of one that installs no file. ``home`` is upstream's page.
    """

    file: str
    name: str
    version: str
    build: str
    subdir: str
    depends: tuple[str, ...]
    said: str = ""
    family: str = ""
    home: str = ""
    is_empty: bool = False
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)


def is_wanted(name: str) -> bool:
    """Tell whether a file of a package's ``info`` folder says something of its licence."""
    return name in {INDEX, ABOUT, PATHS} or name.startswith(TEXTS)


def licence_of(info: Mapping[str, bytes], file: str) -> PackageLicence:
    """Read what a package says, by files of its ``info`` folder. Raises WrongInputError when it can't be read."""
    try:
        index = _fields(info[INDEX])
        about = _fields(info.get(ABOUT, b"{}"))
        return PackageLicence(
            file=file,
            name=str(index["name"]),
            version=str(index["version"]),
            build=str(index["build"]),
            subdir=str(index.get("subdir") or "noarch"),
            depends=tuple(map(str, index.get("depends") or ())),
            said=_first(index.get("license"), about.get("license")),
            family=_first(about.get("license_family"), index.get("license_family")),
            home=_first(about.get("home"), about.get("dev_url")),
            is_empty=PATHS in info and not _fields(info[PATHS]).get("paths"),
            texts={
                str(PurePosixPath(name).relative_to(TEXTS)): text.decode(errors="replace")
                for name, text in sorted(info.items())
                if name.startswith(TEXTS)
            },
        )
    except (KeyError, ValueError, TypeError) as error:
        raise WrongInputError(f"doesn't say what it is: {error}", where=Where(file=file)) from error


def _fields(content: bytes) -> Mapping[str, Any]:
    value = json.loads(content)
    if not isinstance(value, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004  (it is the file that is wrong)
    return value


def _first(*values: object) -> str:
    texts: Iterable[str] = (_text(value) for value in values if value)
    return next(iter(texts), "")


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
