"""Limits kept: who brings too much or comes too often is told so, and when to come again."""

import contextlib
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from ownconda.access.callers import Caller
from ownconda.access.first_come import principal_of
from ownconda.access.limits import Bounds, bounds_of
from ownconda.access.patterns import any_matches
from ownconda.access.spending_table import MILLISECONDS_A_DAY
from ownconda.channels.room import size_of
from ownconda.channels.snapshots import BrokenChannelError
from ownconda.conda.records import Record
from ownconda.forge.answers import RequestError
from ownconda.forge.services import Services

_OTHERS = "ask the operator for more (access.limits)"


def check_rate(caller: Caller, services: Services) -> None:
    """Count a request that writes. Raises RequestError with the seconds to wait when there were too many."""
    if not services.limits:
        return
    most = bounds_of(services.limits, caller, "").minute
    wait = services.rates.admit(_who(caller), most) if most else 0
    if wait:
        what = f"{caller.name} sent more than {most} requests that write within a minute"
        raise _too_many(what, wait, f"go on in {wait} s, send several files in one request, or {_OTHERS}")


def check_sizes(bounds: Bounds, records: Sequence[Record]) -> None:
    """Check that no package is larger than may be. Raises RequestError."""
    for record in records:
        if bounds.package and record.size > bounds.package:
            what = f"{record.file_name} has {record.size} bytes, and a package may have {bounds.package}"
            hint = f"leave out what it needn't have, or {_OTHERS}"
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what, hint=hint)


@contextlib.contextmanager
def spending(caller: Caller, services: Services, bounds: Bounds, size: int) -> Iterator[None]:
    """Note the bytes that somebody brings while the block takes them in; not when it ends with an error.

    Raises RequestError with the seconds until midnight (UTC) when they are too many for today.
    """
    if not bounds.day:
        yield
        return
    who, now = _who(caller), services.channels.now()
    if not services.spending.spend(who, size, most=bounds.day, now=now):
        wait = (MILLISECONDS_A_DAY - now % MILLISECONDS_A_DAY) // 1000 + 1
        what = f"{size} more bytes are too many: {caller.name} may bring {bounds.day} a day"
        raise _too_many(what, wait, f"go on after midnight (UTC), or {_OTHERS}")
    try:
        yield
    except Exception:
        services.spending.give_back(who, size, now=now)
        raise


def quotas_json(services: Services) -> list[dict[str, Any]]:
    """Tell how much of what is limited is used: of channels, and by callers today."""
    return [*_of_channels(services), *_of_callers(services)]


def _of_channels(services: Services) -> Iterator[dict[str, Any]]:
    for limit in services.limits:
        for name in services.channels.names():
            if limit.bounds.channel and any_matches(limit.channels, [name]):
                with contextlib.suppress(BrokenChannelError):
                    used = size_of(services.channels.state(name).contents)
                    yield {"limit": limit.name, "of": name, "used": used, "most": limit.bounds.channel}


def _of_callers(services: Services) -> Iterator[dict[str, Any]]:
    for spent in services.spending.today(services.channels.now()):
        yield {"limit": "a day", "of": spent.who, "used": spent.used, "most": spent.most}


def _who(caller: Caller) -> str:
    return principal_of(caller) or f"address:{caller.address}"


def _too_many(what: str, wait: int, hint: str) -> RequestError:
    return RequestError(HTTPStatus.TOO_MANY_REQUESTS, what, hint=hint, headers={"Retry-After": str(wait)})
