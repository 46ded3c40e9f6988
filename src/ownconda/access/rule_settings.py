"""Rules out of what settings say."""

from collections.abc import Mapping, Sequence
from typing import Any

from ownconda.access.access import Access
from ownconda.access.callers import ANYBODY, read_scope
from ownconda.access.networks import read_networks
from ownconda.access.ownership import Claim
from ownconda.access.rules import OPEN, Rule
from ownconda.errors import Where, WrongInputError

KINDS = ("token", "pipeline", "person", "group", "certificate", "user")
"""What principals begin with, before a colon."""


def read_access(
    rules: Mapping[str, Mapping[str, Any]], names: Mapping[str, Sequence[str]], *, first_come: bool = True
) -> Access:
    """Read who may what, and whose names are whose. Raises WrongInputError for what can't be meant."""
    read = tuple(read_rule(name, **fields) for name, fields in rules.items())
    claims = tuple(Claim(pattern=name, owners=tuple(owners)) for name, owners in names.items())
    for claim in claims:
        check_principals(claim.owners, f"access.names.{claim.pattern}")
    return Access(identities=(), rules=read or (OPEN,), claims=claims, first_come=first_come)


def read_rule(  # noqa: PLR0913  (the fields of the settings)
    name: str,
    *,
    who: Sequence[str],
    may: Sequence[str],
    channels: Sequence[str],
    names: Sequence[str],
    protected: bool,
    environments: Sequence[str],
    networks: Sequence[str],
) -> Rule:
    """Read a rule. Raises WrongInputError that says which field can't be meant."""
    where = f"access.rules.{name}"
    if not who or not may:
        missing = "who" if not who else "may"
        raise WrongInputError(
            "is empty", where=Where(file=f"{where}.{missing}"), hint="a rule allows somebody something"
        )
    check_principals(who, f"{where}.who")
    read_networks(networks, f"{where}.networks")
    try:
        scope = read_scope(may, channels, names)
    except WrongInputError as error:
        raise WrongInputError(str(error), where=Where(file=f"{where}.may"), hint=error.problems[0].hint) from error
    return Rule(
        name=name,
        who=tuple(who),
        scope=scope,
        protected=protected,
        environments=tuple(environments),
        networks=tuple(networks),
    )


def check_principals(patterns: Sequence[str], place: str) -> None:
    """Check that these can mean somebody. Raises WrongInputError."""
    for pattern in patterns:
        kind, _, rest = pattern.partition(":")
        if pattern != ANYBODY and (kind not in KINDS or not rest):
            kinds = ", ".join(f"{one}:…" for one in KINDS)
            raise WrongInputError(f"{pattern!r} means nobody", where=Where(file=place), hint=f"{ANYBODY}, or {kinds}")
