"""A package judged: all rules in a row, and what its recipe allows left out."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ownconda.building.package_checks.facts import Allowed, PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.rules import Rule
from ownconda.building.package_checks.rules.bytecode import wrong_bytecode
from ownconda.building.package_checks.rules.files import clobbered_paths, leftovers, links, modes
from ownconda.building.package_checks.rules.libraries import (
    found_libraries,
    needed_libraries,
    unknown_requirements,
    unused_requirements,
)
from ownconda.building.package_checks.rules.programs import (
    dangerous_code,
    not_examined,
    unreadable_programs,
    wrong_machine,
)
from ownconda.building.package_checks.rules.run_paths import outside_run_paths
from ownconda.building.package_checks.rules.symbol_versions import too_new_versions
from ownconda.building.package_checks.rules.traces import left_paths
from ownconda.building.package_checks.surroundings import Surroundings

RULES: tuple[Rule, ...] = (
    unreadable_programs,
    wrong_machine,
    needed_libraries,
    too_new_versions,
    outside_run_paths,
    found_libraries,
    dangerous_code,
    left_paths,
    clobbered_paths,
    links,
    modes,
    wrong_bytecode,
    leftovers,
    unknown_requirements,
    unused_requirements,
    not_examined,
)


def check(package: PackageFacts, around: Surroundings) -> tuple[Finding, ...]:
    """Give what all rules find in a package, in the order of the rules."""
    return tuple(_unless_allowed((finding for rule in RULES for finding in rule(package, around)), package.allowed))


def _unless_allowed(findings: Iterator[Finding], allowed: Allowed) -> Iterator[Finding]:
    for finding in findings:
        patterns = allowed.findings.get(finding.rule, ())
        if not any(fnmatchcase(finding.file, pattern) for pattern in patterns):
            yield finding
