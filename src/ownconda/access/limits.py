"""Limits: how much callers may bring, and how often; of several about somebody the most generous counts."""

from collections.abc import Iterable
from dataclasses import dataclass

from ownconda.access.callers import Caller
from ownconda.access.patterns import any_matches
from ownconda.access.rule_settings import check_principals
from ownconda.errors import Where, WrongInputError

MEGABYTE, GIGABYTE = 10**6, 10**9
UNLIMITED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bytes of a package, of a channel's packages, and that a caller brings in a day; writing requests in a minute.

    0 says nothing.
    """

    package: int = UNLIMITED
    channel: int = UNLIMITED
    day: int = UNLIMITED
    minute: int = UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What holds for some callers in some channels."""

    name: str
    who: tuple[str, ...]
    channels: tuple[str, ...]
    bounds: Bounds


def read_limit(  # noqa: PLR0913  (the fields of the settings)
    name: str,
    *,
    who: Iterable[str],
    channels: Iterable[str],
    package_megabytes: float,
    channel_gigabytes: float,
    gigabytes_a_day: float,
    requests_a_minute: int,
) -> Limit:
    """Read a limit. Raises WrongInputError for what can't be meant."""
    patterns = tuple(who)
    check_principals(patterns, f"access.limits.{name}.who")
    bounds = Bounds(
        package=round(package_megabytes * MEGABYTE),
        channel=round(channel_gigabytes * GIGABYTE),
        day=round(gigabytes_a_day * GIGABYTE),
        minute=requests_a_minute,
    )
    if min(bounds.package, bounds.channel, bounds.day, bounds.minute) < UNLIMITED or bounds == Bounds():
        hint = "set one of package_megabytes, channel_gigabytes, gigabytes_a_day and requests_a_minute, above 0"
        raise WrongInputError("limits nothing", where=Where(file=f"access.limits.{name}"), hint=hint)
    return Limit(name=name, who=patterns, channels=tuple(channels), bounds=bounds)


def bounds_of(limits: Iterable[Limit], caller: Caller, channel: str) -> Bounds:
    """Give what holds for a caller in a channel; without a channel, what holds wherever they write."""
    meant = [
        limit.bounds
        for limit in limits
        if caller.is_meant(limit.who) and (not channel or any_matches(limit.channels, [channel]))
    ]
    return Bounds(
        package=max((one.package for one in meant), default=UNLIMITED),
        channel=max((one.channel for one in meant), default=UNLIMITED),
        day=max((one.day for one in meant), default=UNLIMITED),
        minute=max((one.minute for one in meant), default=UNLIMITED),
    )
