"""Symbol versions: what a package needs of the system's libraries has to be in the oldest system it is for."""

from collections.abc import Iterator

from ownconda.building.package_checks.elf_tables import VersionNeed
from ownconda.building.package_checks.facts import FileFacts, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.floor import GLIBC, PRIVATE, Floor, Version, parsed, shown
from ownconda.building.package_checks.surroundings import Surroundings


def too_new_versions(package: PackageFacts, around: Surroundings) -> Iterator[Finding]:
    """Find symbols of the system that are newer than the floor, and those that are nobody's to use."""
    for file, need in _needs(package):
        if any(one.direct for one in around.having(need.library)):
            continue
        if need.version == PRIVATE:
            yield _private(file, need)
        elif not need.weak and not around.floor.has(need.version):
            yield _too_new(file, need, around.floor)


def glibc_constraint(package: PackageFacts) -> str | None:
    """Give the match spec for the oldest GNU C library that a package runs with; None where it needs none.

    Its upper bound is that of conda's packages of system roots.
    """
    if package.noarch:
        return None
    numbers = [
        number
        for _, need in _needs(package)
        for family, number in [parsed(need.version)]
        if family == GLIBC and number and not need.weak
    ]
    return f"__glibc >={shown(_release(max(numbers)))},<3.0.a0" if numbers else None


def _release(number: Version) -> Version:
    """Give the release that a symbol version is of: 2.2.5 is of 2.2, as the system says no more than that."""
    return number[:2]


def _needs(package: PackageFacts) -> Iterator[tuple[FileFacts, VersionNeed]]:
    """Go through what is needed of libraries that don't come with the package."""
    own = {file.name for file in package.files}
    for file in package.files:
        for need in file.elf.needs if file.elf else ():
            if need.library not in own:
                yield file, need


def _private(file: FileFacts, need: VersionNeed) -> Finding:
    return Finding(
        rule="private-symbol",
        severity="error",
        file=file.path,
        symbol=", ".join(need.symbols),
        what=f"uses {_named(need)}, which is private to the GNU C library and differs in each of its releases",
        hint="use a function that the C library documents",
    )


def _too_new(file: FileFacts, need: VersionNeed, floor: Floor) -> Finding:
    family, _ = parsed(need.version)
    newest = floor.newest[family]
    return Finding(
        rule="symbol-version-too-new",
        severity="error",
        file=file.path,
        symbol=", ".join(need.symbols),
        what=f"needs {_named(need)}; {floor.name} has {family}_{shown(newest)} at most",
        hint="build it where the system is as old as the floor (--in IMAGE), or against an older system root",
    )


def _named(need: VersionNeed) -> str:
    symbols = ", ".join(f"{symbol}@{need.version}" for symbol in need.symbols) or need.version
    return f"{symbols} of {need.library}"
