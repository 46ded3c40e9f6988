"""What a forge answers, as values; and its problems, as our errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from ownconda.errors import ConflictError, OutsideError, OwncondaError, Problem, Where, WrongInputError

TOKEN_HINT = (
    "set forge.token in ownconda.toml, or OWNCONDA_FORGE_TOKEN (`ownconda forge init` printed it); "  # noqa: S105  (a hint)
    "a GitLab job may have OWNCONDA_FORGE_ID_TOKEN instead"
)
SERVER_BROKE = 500
BUSY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class BusyError(OutsideError):
    """The forge, or what stands before it, can't answer right now: asking again may help, ``after`` some seconds."""

    after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotInfo:
    """One state in a channel's history; ``at`` is ISO 8601 in UTC, ``added`` and ``removed`` count files.

    ``waived`` gives the reason for each rule of the gate that was waived.
    """

    id: int
    channel: str
    parent: int | None
    at: str
    author: str
    reason: str
    kind: str
    added: int | None = None
    removed: int | None = None
    waived: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdictInfo:
    """What a channel's gate said of an act, as its history keeps it; ``at`` is ISO 8601 in UTC.

    ``head`` is the snapshot at which the channel stood, ``snapshot`` the one that came of it; ``about`` are all that
    were looked at, by channel. ``asked`` counts packages. ``reasons`` are rules, each with a text; ``more`` counts the
    reasons that aren't told.
    """

    act: str
    author: str
    reason: str
    at: str
    passed: bool
    head: int
    snapshot: int | None
    about: tuple[Mapping[str, Any], ...]
    rules: tuple[str, ...]
    machines: tuple[str, ...]
    asked: int
    milliseconds: int
    waived: Mapping[str, str]
    reasons: tuple[Mapping[str, str], ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """A channel in a few figures; ``size`` in bytes."""

    name: str
    packages: int
    files: int
    size: int
    subdirs: tuple[str, ...]
    snapshot: SnapshotInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """A cache of the channel at ``cache_of``: how many packages are kept, and their bytes."""

    name: str
    cache_of: str
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageInfo:
    """A package file that a channel lists; ``size`` in bytes, ``indexed_at`` ISO 8601 in UTC.

    ``sidecars`` has the sha256 of each file beside it that tells where it comes from, by how its name ends.
    ``patched`` has what the package says itself of fields that clients see otherwise.
    """

    path: str
    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    sha256: str
    size: int
    license: str | None
    depends: tuple[str, ...]
    indexed_at: str
    yanked: bool = False
    patched: Mapping[str, Any] = field(default_factory=dict)
    sidecars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictInfo:
    """What a channel's gate says of an act: whether it passes, in a text, and what would have to come along."""

    passed: bool
    text: str
    addition: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInfo:
    """What an act changed or would change; ``snapshot`` is where the channel stands now (None for a diff).

    ``terms`` tells that patches or relations changed. A package that is yanked, or offered again, is in both lists.
    """

    snapshot: SnapshotInfo | None
    added: tuple[PackageInfo, ...]
    removed: tuple[PackageInfo, ...]
    terms: bool = False
    verdict: VerdictInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldInfo:
    """A match spec that nothing may enter a channel by; ``at`` is ISO 8601 in UTC."""

    spec: str
    reason: str
    author: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagInfo:
    """A name of a snapshot; ``at``, when it was given, is ISO 8601 in UTC."""

    name: str
    snapshot: int
    author: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneInfo:
    """What goes or would go from a channel, and what stays although it is old: paths with the reason of each."""

    change: ChangeInfo
    going: Mapping[str, str]
    staying: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeInfo:
    """A file that is or would be no more, and the channels that ever listed it."""

    path: str
    sha256: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenToken:
    """A token that a forge gave for something else, whose it is, and when it expires: ISO 8601 in UTC."""

    token: str
    name: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """One file of an upload: its path in the channel, whether it was there already, and what came beside it."""

    path: str
    sha256: str
    there_already: bool
    sidecars: tuple[str, ...] = ()


def snapshot_info(fields: Mapping[str, Any]) -> SnapshotInfo:
    """Read a snapshot."""
    return SnapshotInfo(**(_known(SnapshotInfo, fields) | {"tags": tuple(fields.get("tags", ()))}))


def kept_verdict_info(fields: Mapping[str, Any]) -> KeptVerdictInfo:
    """Read a kept verdict."""
    lists = {name: tuple(fields[name]) for name in ("about", "rules", "machines", "reasons")}
    return KeptVerdictInfo(**(_known(KeptVerdictInfo, fields) | lists))


def channel_info(fields: Mapping[str, Any]) -> ChannelInfo:
    """Read a channel's figures."""
    read = {"subdirs": tuple(fields["subdirs"]), "snapshot": snapshot_info(fields["snapshot"])}
    return ChannelInfo(**(_known(ChannelInfo, fields) | read))


def package_info(fields: Mapping[str, Any]) -> PackageInfo:
    """Read a package's entry."""
    return PackageInfo(**(_known(PackageInfo, fields) | {"depends": tuple(fields["depends"])}))


def change_info(fields: Mapping[str, Any]) -> ChangeInfo:
    """Read a change."""
    snapshot = fields.get("snapshot")
    return ChangeInfo(
        snapshot=snapshot_info(snapshot) if snapshot else None,
        added=tuple(package_info(entry) for entry in fields["added"]),
        removed=tuple(package_info(entry) for entry in fields["removed"]),
        terms=bool(fields.get("terms")),
        verdict=_verdict_info(fields.get("verdict")),
    )


def _verdict_info(fields: Mapping[str, Any] | None) -> VerdictInfo | None:
    if not fields:
        return None
    return VerdictInfo(passed=fields["passed"], text=fields["text"], addition=tuple(fields["addition"] or ()))


def uploaded_file(fields: Mapping[str, Any]) -> UploadedFile:
    """Read what became of one file of an upload."""
    return UploadedFile(
        path=fields["path"],
        sha256=fields["sha256"],
        there_already=fields["outcome"] == "there already",
        sidecars=tuple(fields.get("sidecars", ())),
    )


def error_of(status: int, body: object, *, url: str, retry_after: str = "") -> OwncondaError:
    """Turn a refusal into the error of the right family, with the forge's own problems."""
    family = _family(status)
    problems = _problems(body) or (Problem(what=f"the forge answered {status}", where=Where(file=url)),)
    if status == HTTPStatus.UNAUTHORIZED:
        problems = tuple(Problem(what=problem.what, where=Where(file=url), hint=TOKEN_HINT) for problem in problems)
    if status == HTTPStatus.FORBIDDEN:  # the forge tells which rule lacks what
        problems = tuple(
            replace(problem, where=Where(file=url), hint=problem.hint or TOKEN_HINT) for problem in problems
        )
    error = family.of(problems)
    if isinstance(error, BusyError) and retry_after.isdecimal():
        error.after = float(retry_after)
    return error


def _family(status: int) -> type[OwncondaError]:
    if status == HTTPStatus.CONFLICT:
        return ConflictError
    if status in BUSY:
        return BusyError
    return OutsideError if status >= SERVER_BROKE else WrongInputError


def _problems(body: object) -> tuple[Problem, ...]:
    listed = body.get("problems") if isinstance(body, Mapping) else None
    if not isinstance(listed, list):
        return ()
    return tuple(Problem(what=str(one.get("what")), hint=one.get("hint")) for one in listed if isinstance(one, Mapping))


def _known(kind: type, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that we know: a newer forge may tell more."""
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {name: fields[name] for name in names if name in fields}
