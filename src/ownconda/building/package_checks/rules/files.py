"""Files as they are installed: modes, links, and paths that another package has as well."""

import posixpath
import stat
from collections.abc import Iterator

from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding, Severity
from ownconda.building.package_checks.linked_paths import linked_path, site_packages_of
from ownconda.building.package_checks.surroundings import Surroundings


def modes(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find files that give their user somebody else's rights, and files that anybody may change."""
    for file in package.files:
        if file.mode & (stat.S_ISUID | stat.S_ISGID):
            yield Finding(
                rule="setuid",
                severity="error",
                file=file.path,
                what=f"runs with the rights of its owner or group (mode {stat.S_IMODE(file.mode):o})",
                hint="whoever installs the environment would own it; have the system's administrator set it up",
            )
        elif file.link is None and file.mode & stat.S_IWOTH:
            yield Finding(
                rule="world-writable",
                severity="warning",
                file=file.path,
                what=f"may be changed by anybody (mode {stat.S_IMODE(file.mode):o})",
            )


def links(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find symbolic links that lead to a place of the machine, out of the prefix, or nowhere."""
    everything = package.paths.union(*(one.paths for one in around.neighbours))
    folders = {above for path in everything for above in _above(path)}
    for file in package.files:
        if file.link is None:
            continue
        target = posixpath.normpath(posixpath.join(file.folder, file.link))
        if file.link.startswith("/"):
            of_the_build = "which only the building machine has"
            of_each = "which is another file on each machine"
            yield _link(file, "absolute-symlink", *(("error", of_the_build) if file.places else ("warning", of_each)))
        elif target.startswith("../") or target == "..":
            yield _link(file, "symlink-outside-prefix", "error", "which is outside of the prefix")
        elif target not in everything and target not in folders and not around.unknown:
            yield _link(file, "dangling-symlink", "warning", "which neither the package nor what it requires has")


def clobbered_paths(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find files that a package which is installed as well has in the same place."""
    own = {linked_path(path, package.noarch, site_packages_of(around)): path for path in package.paths}
    for one in around.neighbours:
        for path in sorted(own.keys() & one.paths):
            yield Finding(
                rule="clobbered-path",
                severity="error",
                file=own[path],
                symbol=one.name,
                what=f"is in {one.name} {one.version} as well, which is installed with it; one overwrites the other",
                hint="leave it out of one of them (build.files), or let them exclude each other (run_constraints)",
            )


def leftovers(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find libtool's archives, which tell linkers of paths that only the building machine has."""
    for file in package.files:
        if file.path.endswith(".la") and file.link is None:
            yield Finding(
                rule="libtool-archive",
                severity="warning",
                file=file.path,
                what="is a libtool archive: it makes others link against what they don't need",
                hint="delete it in the build script",
            )


def _link(file: FileFacts, rule: str, severity: Severity, where: str) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        file=file.path,
        symbol=file.link or "",
        what=f"is a link to {file.link}, {where}",
        hint="make a link to something in the package, relative to the link itself",
    )


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
