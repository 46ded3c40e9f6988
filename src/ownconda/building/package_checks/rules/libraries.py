"""Libraries that a package's programs need: each has to come with the package, with what it requires, or the system."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.run_paths import searched_folders
from ownconda.building.package_checks.surroundings import Surroundings

_LIBRARY = re.compile(r"^lib/[^/]+\.so(\.\d+)*$")
_LOADS_BY_ITSELF = frozenset({"python"})  # extension modules find its symbols in the process that loads them


def needed_libraries(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find libraries that come from nowhere, and those that come by chance, from a package that isn't required."""
    own = {file.name for file in package.files}
    for file in package.files:
        for library in dict.fromkeys(file.elf.needed if file.elf else ()):
            if library in own or _is_allowed(library, package, around):
                continue
            having = around.having(library)
            if not (having and having[0].direct):
                yield _missing(file, library, [one.name for one in having] or around.owners(library), around)


def found_libraries(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find libraries that the loader doesn't come by, since no run path leads to them."""
    own = {file.name for file in package.files}
    everything = package.paths.union(*(one.paths for one in around.neighbours))
    for file in package.files:
        for library in dict.fromkeys(file.elf.needed if file.elf else ()):
            known = library in own or around.having(library)
            if not known or _is_allowed(library, package, around):
                continue
            if not any(posixpath.join(folder, library) in everything for folder in searched_folders(file)):
                yield Finding(
                    rule="library-off-run-path",
                    severity="warning",
                    file=file.path,
                    symbol=library,
                    what=f"needs {library}, and no run path of its leads to it",
                    hint="it is found only by a program that has loaded it before; link with -Wl,-rpath,$PREFIX/lib",
                )


def unknown_requirements(_: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Say which requirements are in no channel: nobody knows what comes with them."""
    for spec in around.unknown:
        yield Finding(
            rule="requirement-unknown",
            severity="note",
            symbol=spec,
            what=f"requires {spec}, which no channel has; what comes with it isn't known",
            hint="name the channel that has it with --channel",
        )


def unused_requirements(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find required packages with libraries of which no program of this one uses any."""
    needed = {library for file in package.files if file.elf for library in file.elf.needed}
    for one in around.neighbours if needed else ():
        libraries = {path.rpartition("/")[2] for path in one.paths if _LIBRARY.match(path)}
        if one.direct and libraries and not libraries & needed and one.name not in _LOADS_BY_ITSELF:
            yield Finding(
                rule="requirement-not-linked",
                severity="note",
                symbol=one.name,
                what=f"requires {one.name}, and links against none of its libraries",
                hint="it may be used in another way; where it isn't, leave it out of requirements.run",
            )


def _is_allowed(library: str, package: PackageFacts, around: Surroundings) -> bool:
    name = library.rpartition("/")[2]
    return library in around.system or any(
        fnmatchcase(library, pattern) or fnmatchcase(name, pattern.rpartition("/")[2])
        for pattern in package.allowed.libraries
    )


def _missing(file: FileFacts, library: str, owners: Sequence[str], around: Surroundings) -> Finding:
    if owners:
        return Finding(
            rule="library-not-required",
            severity="error",
            file=file.path,
            symbol=library,
            what=f"needs {library} of {' or '.join(owners)}, which the package doesn't require",
            hint=f"add {owners[0]} to requirements.run, or to requirements.host if its run exports say the same",
        )
    return Finding(
        rule="library-missing",
        severity="warning" if around.unknown else "error",  # it may come with what isn't known
        file=file.path,
        symbol=library,
        what=f"needs {library}, which no package of the channels has",
        hint="make a package of it, or, if every system has it, add it to build.dynamic_linking.missing_dso_allowlist",
    )
