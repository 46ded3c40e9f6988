"""What installers are called: a name for each version, kept for ever, and one that always means the newest."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ownconda.conda.names import LONGEST_FILE_NAME, SUBDIRS
from ownconda.conda.versions import is_version, version_key
from ownconda.errors import Where, WrongInputError

EXTENSION = ".sh"
CHECKSUM = ".sha256"
"""How the file beside an installer ends that holds its checksum, as ``sha256sum -c`` reads it."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*(-[A-Za-z0-9_.+!]+)*")
_HINT = "<name>-<version>.sh, or with a platform at its end: ownconda-3.13-2026.11.20-linux-64.sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallerName:
    """An installer's file name, what the newest one of its kind is called, and what tells which is newer."""

    text: str
    pointer: str
    versions: tuple[str, ...]


def is_installer(name: str) -> bool:
    """Tell whether a file is called like an installer, whether of one version or not."""
    return name.endswith(EXTENSION)


def parse_installer_name(text: str) -> InstallerName:
    """Take an installer's name apart: ``ownconda-3.13-2026.11.20.sh`` is one of what ``ownconda.sh`` points to.

    The parts that begin with a digit are its versions; a subdir at the end isn't one. Raises WrongInputError when a
    character or the version is wrong.
    """
    stem = text.removesuffix(EXTENSION)
    if not is_installer(text) or len(text) > LONGEST_FILE_NAME or not _NAME.fullmatch(stem):
        raise _wrong(text, "can't be an installer's name")
    subdir = next((f"-{one}" for one in SUBDIRS if stem.endswith(f"-{one}")), "")
    parts = stem.removesuffix(subdir).split("-")
    versions = tuple(part for part in parts if part[0].isdigit())
    if not versions or not all(map(is_version, versions)):
        raise _wrong(text, "has no version in its name")
    called = "-".join(part for part in parts if part not in versions)
    return InstallerName(text=text, pointer=f"{called}{subdir}{EXTENSION}", versions=versions)


def names_one_version(name: str) -> bool:
    """Tell whether a file is an installer of one version, or its checksum: its content never changes."""
    try:
        parse_installer_name(name.removesuffix(CHECKSUM))
    except WrongInputError:
        return False
    return True


def newest(names: Iterable[InstallerName]) -> InstallerName:
    """Give the one with the highest version, in conda's order."""
    return max(names, key=lambda name: tuple(map(version_key, name.versions)))


def _wrong(text: str, what: str) -> WrongInputError:
    return WrongInputError(what, where=Where(file=text[:250]), hint=_HINT)
