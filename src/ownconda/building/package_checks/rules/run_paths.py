"""Run paths: whoever controls a folder in one controls the program, so none may lead out of the prefix."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.run_paths import leaves, resolved, run_paths
from ownconda.building.package_checks.surroundings import Surroundings


def outside_run_paths(package: PackageFacts, _: Surroundings) -> Iterator[Finding]:
    """Find run paths that lead out of the prefix, or depend on the working directory."""
    for file in package.files:
        for entry in dict.fromkeys(run_paths(file)):
            reason = _reason(entry, file, package)
            if reason and not any(fnmatchcase(entry, pattern) for pattern in package.allowed.run_paths):
                yield Finding(
                    rule="run-path-outside-prefix",
                    severity="error",
                    file=file.path,
                    symbol=entry,
                    what=f"has the run path {entry!r}, which {reason}",
                    hint="link with -Wl,-rpath,$PREFIX/lib, which the builder makes relative; what has to be outside "
                    "goes into build.dynamic_linking.rpath_allowlist",
                )


def _reason(entry: str, file: FileFacts, package: PackageFacts) -> str:
    folder = resolved(entry, file)
    if folder is not None:
        return "leads out of the prefix" if leaves(folder) else ""
    if entry.startswith("/"):
        is_replaced = file.path in package.relocated and entry.startswith(tuple(package.prefixes))
        return "" if is_replaced else "leads out of the prefix"
    return "is a folder of whoever starts the program"
