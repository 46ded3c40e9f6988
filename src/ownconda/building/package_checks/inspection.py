"""A package file inspected: read, put among what it is installed with, and judged."""

from dataclasses import dataclass, field
from pathlib import Path

from ownconda.building.package_checks.channel_files import ChannelFiles
from ownconda.building.package_checks.checking import check
from ownconda.building.package_checks.facts import PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.floor import SYSTEM_LIBRARIES, Floor
from ownconda.building.package_checks.machine import machine_floor
from ownconda.building.package_checks.reading import read_facts
from ownconda.building.package_checks.rules.symbol_versions import glibc_constraint
from ownconda.building.package_checks.surroundings import Surroundings
from ownconda.errors import NoError
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What packages are judged by: the oldest system that they are for, and the libraries that every system has.

    Without a policy it is this machine.
    """

    floor: Floor = field(default_factory=machine_floor)
    system: frozenset[str] = SYSTEM_LIBRARIES


def inspect(package: Path, channels: ChannelFiles, expected: Expectations) -> tuple[Finding, ...]:
    """Give all that is found in a package file.

    Raises WrongInputError when it can't be read, OutsideError when a channel can't be.
    """
    facts = read_facts(package)
    return check(facts, _surroundings(facts, channels, expected))


def check_built(package: Path, channels: ChannelFiles, expected: Expectations, progress: Progress) -> None:
    """Inspect a package that was just built: warnings are told, errors keep it out of the channel.

    Raises NoError with all errors.
    """
    findings = inspect(package, channels, expected)
    for finding in findings:
        if finding.severity == "warning":
            progress.note(f"warning: {finding.problem(package.name)}")
    errors = [finding.problem(package.name) for finding in findings if finding.severity == "error"]
    if errors:
        raise NoError.of(errors)


def constraints(package: Path) -> tuple[str, ...]:
    """Tell what a package, as the builder left it, asks of the system that it runs on."""
    facts = read_facts(package)
    spec = glibc_constraint(facts)
    return (spec,) if spec and spec not in facts.constrains else ()


def _surroundings(facts: PackageFacts, channels: ChannelFiles, expected: Expectations) -> Surroundings:
    required = channels.required(facts)
    return Surroundings(
        floor=expected.floor,
        system=expected.system,
        neighbours=channels.neighbours(required),
        unknown=required.unknown,
        owners=channels.owners(facts),
    )
