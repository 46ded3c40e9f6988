"""What a forge that follows another one refuses: whatever would be lost with the leader's next change, or differ."""

import time
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ownconda.channels.ledger.following import Following, following, follows, take_over
from ownconda.forge.identity import SAFE
from ownconda.forge.services import Services

OF_ITS_OWN = frozenset(
    {
        "/api/oidc/mint_token",
        "/api/v1/access/revoke",
        "/api/v1/certificates/token",
        "/api/v1/downloads/logs",
        "/api/v1/gc",
        "/api/v1/logout",
        "/api/v1/media",  # which bring what is to be had
        "/api/v1/media/{sha256}",
        "/api/v1/take-over",
        "/api/v1/tokens",
        "/api/v1/tokens/revoke",
        "/upload/{channel}/there",  # a question
    }
)
"""Routes that change nothing that is carried: access, counted downloads and the disk are each forge's own."""

SECONDS_KNOWN = 1.0
"""How long it is believed whom a forge follows: its ledger, which every act asks again, refuses by itself."""

_known: WeakKeyDictionary[Engine, tuple[float, Following | None]] = WeakKeyDictionary()


def take_lead(services: Services) -> Following | None:
    """Let this forge lead from now on; tell whom it followed until now."""
    before = take_over(services.channels.ledger.engine)
    _known.clear()
    return before


async def refuse_at_follower(request: Request, route: str, services: Services) -> None:
    """Refuse what changes the history of a forge that follows another one. Raises FollowingError."""
    if request.method in SAFE or route in OF_ITS_OWN:
        return
    at, told = _known.get(services.channels.ledger.engine, (0.0, None))
    if not at or time.monotonic() - at > SECONDS_KNOWN:
        told = await run_in_threadpool(following, services.channels.ledger.engine)
        _known[services.channels.ledger.engine] = time.monotonic(), told
    if told is not None:
        raise follows(told)
