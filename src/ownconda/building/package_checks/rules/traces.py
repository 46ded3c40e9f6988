"""Paths of the building machine: those that a client replaces when it installs, and those that lead nowhere then."""

from collections.abc import Iterator

from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.surroundings import Surroundings

_BYTECODE = ".pyc"  # its paths are only shown in tracebacks, and Python corrects them when it loads the file


def left_paths(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find paths of the prefix that stay as they were, of other folders of the build, and of somebody's home."""
    for file in package.files:
        if file.path.endswith(_BYTECODE) or file.link is not None:
            continue
        if "prefix" in file.places and file.path not in package.relocated:
            yield _prefix(file)
        if "build folder" in file.places:
            yield _trace(
                file, "build-folder-left", f"holds a path of the folder it was built in: {file.places['build folder']}"
            )
        if "home" in file.places:
            yield _trace(file, "home-folder-left", f"holds a path of somebody's home: {file.places['home']}")


def _prefix(file: FileFacts) -> Finding:
    return Finding(
        rule="prefix-left",
        severity="error",
        file=file.path,
        symbol=file.places["prefix"],
        what="holds the prefix it was built for, and isn't listed as a file in which clients replace it",
        hint="let it find its files relative to itself, or take it out of build.prefix_detection.ignore",
    )


def _trace(file: FileFacts, rule: str, what: str) -> Finding:
    return Finding(
        rule=rule,
        severity="warning",
        file=file.path,
        what=what,
        hint="compile with -ffile-prefix-map, or delete the file if nobody needs it",
    )
