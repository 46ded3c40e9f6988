"""Everything that an organisation allows, in one value."""

from dataclasses import dataclass, field

from ownconda.policy.glibc import Glibc
from ownconda.policy.hosts import Hosts
from ownconda.policy.licences import Licences
from ownconda.policy.requirements import RequiredPackages
from ownconda.policy.system_libraries import SystemLibraries


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is allowed; by default what nobody objects to."""

    licences: Licences = field(default_factory=Licences)
    hosts: Hosts = field(default_factory=Hosts)
    system_libraries: SystemLibraries = field(default_factory=SystemLibraries)
    required: RequiredPackages = field(default_factory=RequiredPackages)
    glibc: Glibc = field(default_factory=Glibc)
