"""Pins: bounds on a version, derived from a version (rattler-build's ``pin_subpackage``)."""

import re
from dataclasses import dataclass

from rattler import Version
from rattler.exceptions import InvalidVersionError

from ownconda.errors import WrongInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """How far a version may go: ``x.x`` keeps two segments; any other text is a version itself.

    ``build`` is the build string that is asked for, or a pattern of it.
    """

    lower: str | None = "x.x.x.x.x.x"
    upper: str | None = "x"
    build: str | None = None


def pinned(name: str, version: str, pin: Pin) -> str:
    """Give the match spec that pins ``name`` around ``version``: ``zlib >=1.3.1,<2.0a0``.

    Raises WrongInputError when ``version`` is none.
    """
    bounds = []
    if pin.lower:
        bounds.append(f">={_truncated(version, pin.lower) if _is_mask(pin.lower) else pin.lower}")
    if pin.upper:
        bounds.append(f"<{_bumped(version, pin.upper) if _is_mask(pin.upper) else pin.upper}")
    return with_build(f"{name} {','.join(bounds)}".strip(), pin.build)


def with_build(spec: str, build: str | None) -> str:
    """Ask for a build string as well; a bare name then takes any version."""
    if not build:
        return spec
    return f"{spec} {build}" if " " in spec else f"{spec} * {build}"


def _is_mask(text: str) -> bool:
    return re.fullmatch(r"x(\.x)*", text) is not None


def _truncated(version: str, mask: str) -> str:
    return ".".join(version.split(".")[: len(mask.split("."))])


def _bumped(version: str, mask: str) -> str:
    segments = version.split(".")[: len(mask.split("."))]
    try:
        return f"{Version('.'.join(segments)).bump_last()}.0a0"
    except InvalidVersionError as error:
        raise WrongInputError(f"{version!r} isn't a version, so nothing can be pinned on it") from error
