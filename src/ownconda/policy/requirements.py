"""Packages that an organisation doesn't want to be required, and those that it proposes instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPackages:
    """Names or patterns of packages: of forbidden ones the reason, of others the package to take instead."""

    forbidden: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)

    def reason_against(self, name: str) -> str | None:
        """Say why a package may not be required; None when it may."""
        return _looked_up(name, self.forbidden)

    def instead_of(self, name: str) -> str | None:
        """Give what should be taken instead of a package; None when it is as good as any."""
        return _looked_up(name, self.replaced)


def _looked_up(name: str, said: Mapping[str, str]) -> str | None:
    return next((what for pattern, what in said.items() if fnmatchcase(name, pattern)), None)
