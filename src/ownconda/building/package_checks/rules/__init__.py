"""The rules, one file for each thing that they are about; a rule goes through a package and tells what it finds."""

from collections.abc import Callable, Iterable

from ownconda.building.package_checks.facts import PackageFacts
from ownconda.building.package_checks.findings import Finding
from ownconda.building.package_checks.surroundings import Surroundings

Rule = Callable[[PackageFacts, Surroundings], Iterable[Finding]]
