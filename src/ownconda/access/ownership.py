"""Names belong to somebody: whose packages may be called how."""

from collections.abc import Iterable
from dataclasses import dataclass

from ownconda.access.callers import Caller
from ownconda.access.patterns import matches, weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A package name, or a pattern of names, that belongs to some: patterns of their principals."""

    pattern: str
    owners: tuple[str, ...]


def claim_to(name: str, claims: Iterable[Claim]) -> Claim | None:
    """Find the claim that decides about a name: the one that pins it down the most."""
    about = [claim for claim in claims if matches(claim.pattern, name)]
    return max(about, key=lambda claim: weight(claim.pattern), default=None)


def is_theirs(caller: Caller, claim: Claim) -> bool:
    """Tell whether a claimed name belongs to a caller."""
    return caller.is_meant(claim.owners)
