"""Where somebody is mentioned: tokens that are theirs, and rules and names that mean them."""

from collections.abc import Iterable, Sequence

from ownconda.access.access import Access
from ownconda.access.callers import ANYBODY
from ownconda.access.own_channels import OwnChannel
from ownconda.access.patterns import any_matches, matches
from ownconda.access.tokens import Token


def tokens_of(who: str, tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Give the tokens of somebody: a token's name, or a pattern of the principals that tokens stand for."""
    return tuple(token for token in tokens if token.name == who or any_matches([who], _principals(token)))


def rules_about(who: str, access: Access) -> tuple[str, ...]:
    """Give the settings, and channels' grants, that still mean somebody when those to their very name have ended."""
    rules = (f"access.rules.{rule.name}" for rule in access.rules if _mentions(rule.who, who))
    names = (f"access.names.{claim.pattern}" for claim in access.claims if _mentions(claim.owners, who))
    own = (
        f"channel {one.name}"
        for one in access.own().values()
        if any(grant.who != who and _mentions((grant.who,), who) for grant in one.grants)
    )
    return (*rules, *names, *own)


def channels_of(who: str, channels: Iterable[OwnChannel]) -> tuple[str, ...]:
    """Give the channels that people made in which somebody is allowed something by exactly this name."""
    return tuple(one.name for one in channels if any(grant.who == who for grant in one.grants))


def _principals(token: Token) -> frozenset[str]:
    return token.principals or frozenset({f"token:{token.name}"})


def _mentions(patterns: Sequence[str], who: str) -> bool:
    meant = [pattern for pattern in patterns if pattern != ANYBODY]
    return any_matches(meant, [who]) or any(matches(who, pattern) for pattern in meant)
