"""Tokens of a forge: made, listed and revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What a forge tells of a token; times are ISO 8601 in UTC, ``expires`` is None where it never does."""

    id: str
    name: str
    may: tuple[str, ...]
    channels: tuple[str, ...]
    names: tuple[str, ...]
    created: str
    expires: str | None
    author: str
    stands_for: tuple[str, ...]
    protected: bool = False
    environment: str = ""


def tokens(forge: ForgeClient) -> tuple[TokenInfo, ...]:
    """List the tokens, the oldest first."""
    return _tokens(forge.ask("GET", "tokens"))


def create_token(  # noqa: PLR0913  (all that a token is made of)
    forge: ForgeClient,
    name: str,
    *,
    may: Sequence[str],
    channels: Sequence[str],
    names: Sequence[str],
    hours: int,
) -> tuple[str, TokenInfo]:
    """Make a token that is good for some hours (0: for ever), and give its text, which can't be asked for again."""
    body = {"name": name, "may": list(may), "channels": list(channels), "names": list(names), "hours": hours}
    told = forge.ask("POST", "tokens", json=body)
    return str(told["token"]), token_info(told)


def revoke_token(forge: ForgeClient, name: str) -> tuple[TokenInfo, ...]:
    """Let the tokens of a name, or the one with that id, be no more."""
    return _tokens(forge.ask("POST", "tokens/revoke", json={"name": name}))


def token_info(told: Mapping[str, Any]) -> TokenInfo:
    """Read what is told of a token."""
    return TokenInfo(
        id=told["id"],
        name=told["name"],
        may=tuple(told["may"]),
        channels=tuple(told["channels"]),
        names=tuple(told["names"]),
        created=told["created"],
        expires=told["expires"],
        author=told["author"],
        stands_for=tuple(told["stands_for"]),
        protected=told["protected"],
        environment=told["environment"],
    )


def _tokens(told: Mapping[str, Any]) -> tuple[TokenInfo, ...]:
    return tuple(token_info(one) for one in told["tokens"])
