"""Tokens: made once, shown once, kept as hashes, compared in constant time."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.moments import written_moment
from ownconda.errors import WrongInputError

PREFIX = "own-"
EVERYTHING = Scope(may=frozenset({Action.ADMINISTER}))
FOREVER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a forge knows of a token; times are in milliseconds since 1970.

    One that stands for somebody has their ``principals`` and may what rules allow them, within its ``scope``; any
    other may what its scope says. ``expires`` is 0 where it never does.
    """

    name: str
    sha256: str
    created: int
    expires: int = FOREVER
    scope: Scope = EVERYTHING
    author: str = ""
    principals: frozenset[str] = frozenset()
    protected: bool = False
    environment: str = ""

    @property
    def id(self) -> str:
        """Give what tells it from others of its name: the beginning of its hash, from which nobody makes a token."""
        return self.sha256[:12]

    def is_valid(self, now: int) -> bool:
        """Tell whether it hasn't expired."""
        return self.expires == FOREVER or now < self.expires

    def fields(self) -> dict[str, Any]:
        """Give all that may be told of it, which is nothing that could be used in its place."""
        return {
            "id": self.id,
            "name": self.name,
            "may": sorted(self.scope.may),
            "channels": list(self.scope.channels),
            "names": list(self.scope.names),
            "created": written_moment(self.created),
            "expires": written_moment(self.expires) if self.expires else None,
            "author": self.author,
            "stands_for": sorted(self.principals),
            "protected": self.protected,
            "environment": self.environment,
        }

    def caller(self, address: str) -> Caller:
        """Give who calls with it from an address."""
        if not self.principals:
            return Caller(
                name=self.name,
                principals=frozenset({f"token:{self.name}"}),
                address=address,
                grant=self.scope,
                expires=self.expires,
            )
        return Caller(
            name=self.name,
            principals=self.principals,
            address=address,
            protected=self.protected,
            environment=self.environment,
            limit=self.scope,
            expires=self.expires,
        )


def make_token(  # noqa: PLR0913  (all that is known of one)
    name: str,
    *,
    at: int,
    expires: int = FOREVER,
    scope: Scope = EVERYTHING,
    author: str = "",
    stands_for: Caller | None = None,
) -> tuple[str, Token]:
    """Make a token; give its text, which nobody can find out again, and what the forge keeps of it.

    Raises WrongInputError for a name that nobody could read in a channel's history.
    """
    if not name.strip() or not name.isprintable():
        raise WrongInputError(f"{name!r} can't be a token's name", hint="call it after who or what will use it")
    text = PREFIX + secrets.token_hex(32)  # conda takes letters, digits and "-" alone for a token in an address
    return text, Token(
        name=name,
        sha256=hash_of(text),
        created=at,
        expires=expires,
        scope=scope,
        author=author,
        principals=stands_for.principals if stands_for else frozenset(),
        protected=bool(stands_for and stands_for.protected),
        environment=stands_for.environment if stands_for else "",
    )


def hash_of(text: str) -> str:
    """Give what is kept of a token. It has 256 random bits, so a plain hash can't be turned back.

    Tokens are found by it: how long that takes tells about hashes, of which nobody can make one that is like another.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
