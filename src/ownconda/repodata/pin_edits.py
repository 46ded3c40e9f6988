"""Requirements with another upper bound, as conda-forge's patches write them: ``zlib >=1.2,<2.0a0``."""

import re

from ownconda.conda.versions import version_key

_BOUNDED = re.compile(r">=(?P<lower>\d+(\.\d+)*a?),<(?P<upper>\d+(\.\d+)*)a0")
_UNBOUNDED = re.compile(r">=(?P<lower>\d+(\.\d+)*a?)[^<*]*")
_OPERATORS = ("==", ">=", "<=", ">", "<", "!=", "=", "~=")
_MOST = 2
"""Parts after the name: versions and a build string."""


def relaxed(spec: str, max_pin: str) -> str:
    """Let a requirement of one exact build be one of that version or newer ones, below what ``max_pin`` makes of it.

    Any other stays as it is. Raises ValueError for a version of which no upper bound can be made.
    """
    name, *rest = spec.split(" ")
    if len(rest) != _MOST or rest[0].startswith(_OPERATORS):
        return spec
    version = rest[0]
    return f"{name} >={version}" + (f",<{_raised(version, max_pin)}a0" if max_pin else "")


def tightened(spec: str, *, max_pin: str = "", upper_bound: str = "") -> str:
    """Give a requirement a lower upper bound than it has, if it is one. Raises ValueError likewise."""
    name, *rest = spec.split(" ")
    versions = rest[0] if rest else ""
    if len(rest) > _MOST:
        return spec
    if not versions:
        return f"{name} <{_ended(upper_bound)}a0" if upper_bound else spec
    if found := _UNBOUNDED.fullmatch(versions):
        upper = _ended(upper_bound or _raised(found["lower"], max_pin), like=found["lower"])
        if version_key(found["lower"])[0] < version_key(upper)[0]:
            return " ".join([name, f"{versions},<{upper}a0", *rest[1:]])
    elif found := _BOUNDED.fullmatch(versions):
        upper = _ended(upper_bound or _raised(found["lower"], max_pin), like=found["upper"])
        if version_key(upper)[0] < version_key(found["upper"])[0]:
            return " ".join([name, f">={found['lower']},<{upper}a0", *rest[1:]])
    elif upper_bound and len(rest) == 1 and _is_below(_ended(upper_bound), versions):
        return f"{name} <{_ended(upper_bound)}a0"
    return spec


def loosened(spec: str, *, max_pin: str = "", upper_bound: str = "") -> str:
    """Give a requirement a higher upper bound than it has, if it is one; without both, none. Raises ValueError."""
    name, *rest = spec.split(" ")
    found = _BOUNDED.fullmatch(rest[0]) if 0 < len(rest) <= _MOST else None
    if found is None:
        return spec
    if not max_pin and not upper_bound:
        return " ".join([name, f">={found['lower']}", *rest[1:]])
    upper = _ended(upper_bound or _raised(found["lower"], max_pin), like=found["upper"])
    if version_key(found["upper"])[0] < version_key(upper)[0]:
        return " ".join([name, f">={found['lower']},<{upper}a0", *rest[1:]])
    return spec


def _is_below(upper: str, versions: str) -> bool:
    """Tell whether a bound is below ``<1.2``; ``<=1.2`` may become ``<1.2.0a0``."""
    if not versions.startswith("<"):
        return False
    bound = versions.removeprefix("<")
    there, new = version_key(bound.removeprefix("="))[0], version_key(upper)[0]
    return new <= there if bound.startswith("=") else new < there


def _raised(version: str, max_pin: str) -> str:
    """Give the first version that differs in as many parts as ``max_pin`` has: ``x.x`` makes 1.3 of 1.2.3."""
    count = max_pin.count("x")
    parts = [*version.split("."), *["0"] * count]
    if not parts[count - 1].isdecimal():
        raise ValueError(f"{version} can't be raised by {max_pin}: {parts[count - 1]!r} is no number")
    raised = [*parts[: count - 1], str(int(parts[count - 1]) + 1)]
    return ".".join(raised + ["0"] * (len(version.split(".")) - count))


def _ended(version: str, *, like: str = "") -> str:
    """Let an upper bound have as many parts as another one, and end with a zero, to which ``a0`` is appended."""
    parts = version.split(".")
    parts += ["0"] * (len(like.split(".")) - len(parts))
    return ".".join(parts if parts[-1] == "0" else [*parts, "0"])
