"""What built packages are judged by, as the settings say."""

from ownconda.building.package_checks.floor import SYSTEM_LIBRARIES, Floor, floor_of
from ownconda.building.package_checks.inspection import Expectations
from ownconda.cli.policy import check_glibc
from ownconda.policy.system_libraries import SystemLibraries
from ownconda.settings.policies import PolicySettings


def expectations(settings: PolicySettings, *, own: Floor) -> Expectations:
    """Take the organisation's floor where it has set one, else the ``own`` one of where packages are built."""
    check_glibc(settings)
    return Expectations(
        floor=floor_of(settings.glibc) if settings.glibc else own,
        system=SYSTEM_LIBRARIES | SystemLibraries.of(settings.system_libraries).names,
    )
