"""Match specs asked for their name, and whether a version fits."""

from functools import lru_cache

from rattler import MatchSpec, Version, VersionSpec
from rattler.exceptions import InvalidMatchSpecError, InvalidVersionError, InvalidVersionSpecError

from ownconda.errors import WrongInputError


@lru_cache(maxsize=16_384)
def spec_name(text: str) -> str:
    """Give the package's name that a match spec asks for.

    Raises WrongInputError when the text is no match spec.
    """
    return str(_parsed(text).name.normalized)


@lru_cache(maxsize=65_536)
def accepts(text: str, *, version: str, build: str) -> bool:
    """Tell whether a package of the spec's name, this version and this build string would fit the spec.

    Raises WrongInputError when the text is no match spec.
    """
    spec = _parsed(text)
    return (not spec.version or _version_fits(str(spec.version), version)) and (
        not spec.build or _build_fits(str(spec.build), build)
    )


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> MatchSpec:
    try:
        return MatchSpec(text, strict=False)
    except (InvalidMatchSpecError, ValueError) as error:
        raise WrongInputError(f"{text!r} isn't a match spec: {error}", hint='for example "numpy >=2,<3"') from error


def _version_fits(spec: str, version: str) -> bool:
    try:
        return VersionSpec(spec).matches(Version(version))
    except (InvalidVersionError, InvalidVersionSpecError):
        return spec == version


def _build_fits(spec: str, build: str) -> bool:
    if not any(character in spec for character in "*^$"):
        return spec == build
    from fnmatch import fnmatchcase  # noqa: PLC0415  (rare)

    return fnmatchcase(build, spec)
