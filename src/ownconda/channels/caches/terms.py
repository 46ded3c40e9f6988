"""What a cache is of, for how long its index is believed, what it lets through, and how much it keeps."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ownconda.channels.charters import AT, TAR_BZ2
from ownconda.channels.retention import read_period
from ownconda.conda.match_specs import chooser
from ownconda.conda.names import check_channel_name
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.policy.licences import Licences

MINUTE, DAY, GIGABYTE = 60_000, 86_400_000, 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTerms:
    """A cache called ``name`` of the channel at ``url``; times are in milliseconds, 0 stands for no limit.

    An index is asked for again after ``fresh``. A package is let through ``cool_down`` after it was first listed, when
    one of ``specs`` chooses it (or there are none), none of ``held`` does, and its licence is taken. One that nobody
    asked for within ``kept`` may go, and the longest unused ones when all together take more than ``most_bytes``.
    """

    name: str
    url: str
    fresh: int = 10 * MINUTE
    cool_down: int = 0
    specs: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    licences: Licences | None = None
    kept: int = 0
    most_bytes: int = 0


def read_cache(name: str, said: Mapping[str, Any], licences: Licences | None) -> CacheTerms:
    """Read what a cache is to be; ``said`` are the fields of the settings. Raises WrongInputError."""
    return CacheTerms(
        name=name,
        url=_address(name, said["url"]),
        fresh=_amount(name, "minutes", said, of=MINUTE),
        cool_down=_amount(name, "days", said, of=DAY),
        specs=_specs(name, "specs", said),
        held=_specs(name, "held", said),
        licences=licences,
        kept=_period(name, said["kept"]),
        most_bytes=_amount(name, "gigabytes", said, of=GIGABYTE),
    )


def check_caches(caches: Sequence[CacheTerms], channels: Collection[str]) -> None:
    """Check that caches can be called so beside the channels of a forge.

    Raises WrongInputError that tells all that is wrong with any of them.
    """
    problems = []
    for name in (one.name for one in caches):
        check_channel_name(name)
        if name in channels:
            problems.append(Problem(what=f"{name!r} can't be a cache: the forge has a channel of that name"))
        if AT in name or name.endswith(TAR_BZ2):
            problems.append(Problem(what=f"{name!r} can't be a cache's name: it stands for a channel seen otherwise"))
    if problems:
        raise WrongInputError.of(problems)


def _address(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment:
        hint = "such as https://conda.example.org/main"
        raise WrongInputError("has to be the address of a channel", where=_where(name, "url"), hint=hint)
    return url.rstrip("/")


def _amount(name: str, field: str, said: Mapping[str, Any], *, of: int) -> int:
    amount = said[field] * of
    if not 0 <= amount < math.inf:  # TOML has nan and inf
        raise WrongInputError("has to be a number from 0 on", where=_where(name, field))
    return int(amount)


def _specs(name: str, field: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    for spec in said[field]:
        try:
            chooser(spec)
        except WrongInputError as error:
            problem = error.problems[0]
            raise WrongInputError(problem.what, where=_where(name, field), hint=problem.hint) from error
    return tuple(said[field])


def _period(name: str, text: str) -> int:
    try:
        return read_period(text) if text else 0
    except ValueError as error:
        hint = 'such as "90 days"; empty keeps for ever'
        raise WrongInputError(str(error), where=_where(name, "kept"), hint=hint) from error


def _where(name: str, field: str) -> Where:
    return Where(file=f"forge.caches.{name}.{field}")
