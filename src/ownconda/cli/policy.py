"""What the settings allow, as the value that is asked."""

from ownconda.errors import Where, WrongInputError
from ownconda.policy.glibc import Glibc, is_version
from ownconda.policy.hosts import Hosts
from ownconda.policy.licences import Licences
from ownconda.policy.policy import Policy
from ownconda.policy.requirements import RequiredPackages
from ownconda.policy.system_libraries import SystemLibraries
from ownconda.settings import PolicySettings


def policy(settings: PolicySettings) -> Policy:
    """Make a policy of the settings."""
    if not is_version(settings.glibc):
        raise WrongInputError(
            f"{settings.glibc!r} is no version", where=Where(file="policy.glibc"), hint="for example 2.28"
        )
    return Policy(
        licences=Licences(allowed=tuple(settings.licences_allowed), denied=tuple(settings.licences_denied)),
        hosts=Hosts(allowed=tuple(settings.hosts_allowed)),
        system_libraries=SystemLibraries.of(settings.system_libraries),
        required=RequiredPackages(forbidden=settings.requirements_forbidden, replaced=settings.requirements_replaced),
        glibc=Glibc(oldest=settings.glibc),
    )
