"""What the settings allow, as the value that is asked."""

from ownconda.errors import Where, WrongInputError
from ownconda.policy.glibc import Glibc, is_version
from ownconda.policy.hosts import Hosts
from ownconda.policy.licences import Licences
from ownconda.policy.policy import Policy
from ownconda.policy.requirements import RequiredPackages
from ownconda.policy.system_libraries import DEFAULT, SystemLibraries
from ownconda.settings.policies import PolicySettings


def policy(settings: PolicySettings) -> Policy:
    """Make a policy of the settings; what they leave open is what wouldn't break on most machines."""
    check_glibc(settings)
    return Policy(
        licences=Licences(allowed=tuple(settings.licences_allowed), denied=tuple(settings.licences_denied)),
        hosts=Hosts(allowed=tuple(settings.hosts_allowed)),
        system_libraries=SystemLibraries.of(settings.system_libraries or [DEFAULT]),
        required=RequiredPackages(forbidden=settings.requirements_forbidden, replaced=settings.requirements_replaced),
        glibc=Glibc(oldest=settings.glibc) if settings.glibc else Glibc(),
    )


def check_glibc(settings: PolicySettings) -> None:
    """Raise WrongInputError when the C library's version is set to what is none."""
    if settings.glibc and not is_version(settings.glibc):
        raise WrongInputError(
            f"{settings.glibc!r} is no version", where=Where(file="policy.glibc"), hint="for example 2.28"
        )
