"""Match specs asked for their name, whether a version fits, and which records they choose."""

import json
import re
from collections.abc import Callable
from functools import lru_cache

from rattler import BuildString, MatchSpec, PackageRecord, Version, VersionSpec
from rattler.exceptions import InvalidMatchSpecError, InvalidVersionError, InvalidVersionSpecError

from ownconda.conda.records import Record
from ownconda.errors import WrongInputError

_URL = re.compile(r"[\[,]url=")
_SPECS = 65_536  # more than a channel of tens of thousands of packages has different ones


@lru_cache(maxsize=_SPECS)
def spec_name(text: str) -> str:
    """Give the package's name that a match spec asks for.

    Raises WrongInputError when the text is no match spec.
    """
    return str(_parsed(text).name.normalized)


@lru_cache(maxsize=16_384)
def normal_form(text: str) -> str:
    """Write a match spec as solvers read it, so that two of one meaning are one text: ``a 2.0`` becomes ``a ==2.0``.

    Raises WrongInputError when the text is no match spec.
    """
    return str(_parsed(str(_parsed(text))))


def spec_key(text: str) -> str:
    """Give the normal form of a match spec; what is none stays what it is."""
    try:
        return normal_form(text)
    except WrongInputError:
        return text


@lru_cache(maxsize=65_536)
def accepts(text: str, *, version: str, build: str) -> bool:
    """Tell whether a package of the spec's name, this version and this build string would fit the spec.

    Raises WrongInputError when the text is no match spec.
    """
    return acceptor(text)(version, build)


def acceptor(text: str) -> Callable[[str, str], bool]:
    """Make the function that answers `accepts` for one spec and many packages: given a version and a build string.

    Raises WrongInputError when the text is no match spec.
    """
    spec = _parsed(text)
    versions, builds = str(spec.version or ""), str(spec.build or "")

    def accepts_it(version: str, build: str) -> bool:
        return (not versions or _version_fits(versions, version)) and (not builds or _build_fits(builds, build))

    return accepts_it


def chooser(text: str) -> Callable[[Record], bool]:
    """Make the function that tells whether a record of one channel is what a match spec asks for, with all it says.

    The name may be a pattern: ``py*``, or ``^py.*$``. Raises WrongInputError when the text is no match spec, or asks
    for what can't be asked of a record: another channel, an address, a namespace, extras, a condition.
    """
    spec = _parsed(text, patterns=True)
    _check_askable(text, spec)
    exact = spec.name.as_package_name()
    name = exact.normalized if exact is not None else None

    def chooses(record: Record) -> bool:
        return (
            (name is None or record.name == name)
            and spec.subdir in {None, record.subdir}
            and spec.file_name in {None, record.file_name}
            and _matches(spec, record)
        )

    return chooses


def _check_askable(text: str, spec: MatchSpec) -> None:
    asked = {
        "another channel": spec.channel,
        "an address": _URL.search(str(spec)),
        "a namespace": spec.namespace,
        "extras": spec.extras,
        "a condition": spec.condition,
    }
    for what, given in asked.items():
        if given:
            raise WrongInputError(
                f"{text!r} asks for {what}, which says nothing about the packages of one channel",
                hint='for example "numpy >=2,<3" or "zlib[subdir=noarch]"',
            )


def _matches(spec: MatchSpec, record: Record) -> bool:
    try:
        return spec.matches(_native(record))
    except InvalidVersionError:
        return False  # no client can ask for it


def _native(record: Record) -> PackageRecord:
    fields = json.loads(record.json)
    native = PackageRecord(
        record.name,
        record.version,
        BuildString.new_unchecked(record.build),
        record.build_number,
        record.subdir,
        sha256=bytes.fromhex(record.sha256),
        md5=bytes.fromhex(fields.get("md5", "")) or None,
        license=record.license,
        license_family=fields.get("license_family"),
        flags=fields.get("flags"),
    )
    features = fields.get("track_features") or []
    native.track_features = features.split() if isinstance(features, str) else features
    return native


@lru_cache(maxsize=_SPECS)
def _parsed(text: str, *, patterns: bool = False) -> MatchSpec:
    try:
        return MatchSpec(text, strict=False, exact_names_only=not patterns)
    except (InvalidMatchSpecError, ValueError) as error:
        raise WrongInputError(f"{text!r} isn't a match spec: {error}", hint='for example "numpy >=2,<3"') from error


def _version_fits(spec: str, version: str) -> bool:
    try:
        return _version_spec(spec).matches(_version(version))
    except (InvalidVersionError, InvalidVersionSpecError):
        return spec == version


@lru_cache(maxsize=16_384)
def _version_spec(text: str) -> VersionSpec:
    return VersionSpec(text)


@lru_cache(maxsize=16_384)
def _version(text: str) -> Version:
    return Version(text)


def _build_fits(spec: str, build: str) -> bool:
    if not any(character in spec for character in "*^$"):
        return spec == build
    from fnmatch import fnmatchcase  # noqa: PLC0415  (rare)

    return fnmatchcase(build, spec)
