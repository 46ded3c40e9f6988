"""Bytecode: a Python reads only its own, and packages for any Python have none."""

import re
from collections.abc import Iterator

from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.linked_paths import PYTHON
from ownconda.building.package_checks.surroundings import Surroundings

_TAG = re.compile(r"\.cpython-3(\d+)(?:\.opt-\d)?\.pyc$")
_FOLDER = re.compile(r"(?:^|/)lib/python3\.(\d+)/")
_EARLIER = ((3400, 8), (3420, 9), (3430, 10))
_FIRST, _EACH, _MINOR = 3450, 50, 11
"""CPython 3.11 begins with 3450, and each later release has fifty numbers: Include/internal/pycore_magic_number.h."""


def wrong_bytecode(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find bytecode for another Python than the package's."""
    for file in package.files:
        if file.bytecode is None:
            continue
        if package.noarch == PYTHON:
            yield Finding(
                rule="bytecode-in-noarch",
                severity="error",
                file=file.path,
                what="is bytecode of one Python, in a package for any; clients make their own when they install it",
                hint="delete it in the build script",
            )
        elif wrong := _wrong(file, _wanted(file, package, around)):
            yield Finding(
                rule="bytecode-version",
                severity="error",
                file=file.path,
                what=wrong,
                hint="compile it with the Python of the host environment, or delete it in the build script",
            )


def minor_version(magic: int) -> int | None:
    """Give the release of CPython 3 that bytecode with this magic number is of; None when it is another's."""
    if magic >= _FIRST:
        return _MINOR + (magic - _FIRST) // _EACH
    return next((minor for first, minor in reversed(_EARLIER) if magic >= first), None)


def _wrong(file: FileFacts, wanted: int | None) -> str:
    magic = file.bytecode or 0
    tag = _TAG.search(file.path)
    is_of = minor_version(magic)
    if tag and int(tag[1]) != is_of:
        return f"is called bytecode of Python 3.{tag[1]}, and is of {_python(is_of, magic)}"
    if wanted is not None and is_of != wanted and (tag or is_of is not None):
        return f"is bytecode of {_python(is_of, magic)}, in a package for Python 3.{wanted}"
    return ""


def _python(minor: int | None, magic: int) -> str:
    return f"Python 3.{minor}" if minor is not None else f"an unknown Python (magic number {magic})"


def _wanted(file: FileFacts, package: PackageFacts, around: Surroundings) -> int | None:
    """Give the release of Python that reads a file: that of the folder it is in, else the one that is installed."""
    if folder := _FOLDER.search(file.path):
        return int(folder[1])
    version = package.version if package.name == PYTHON else around.version_of(PYTHON)
    parts = (version or "").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "3" and parts[1].isdecimal() else None
