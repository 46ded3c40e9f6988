"""What can be set about what an organisation allows."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What the organisation allows; `ownconda.policy.policy` asks the questions.

    ``glibc`` is the C library of the oldest system that packages are for (default: that of the machine or image that
    builds; recipes are held against 2.28); ``system_libraries`` are file names, and names of lists such as
    ``manylinux_2_28`` (default: the C library and GCC's runtime; recipes may name what is in that list).
    """

    licences_allowed: list[str] = field(default_factory=list)
    licences_denied: list[str] = field(default_factory=list)
    hosts_allowed: list[str] = field(default_factory=list)
    system_libraries: list[str] = field(default_factory=list)
    glibc: str = ""
    requirements_forbidden: dict[str, str] = field(default_factory=dict)
    requirements_replaced: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateSettings:
    """How bad what the rules find in recipes is: by rule, and by patterns of folders."""

    rules: dict[str, str] = field(default_factory=dict)
    folders: dict[str, dict[str, str]] = field(default_factory=dict)
