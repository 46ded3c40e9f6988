"""What speaks against packages of a name from a caller: whose it is, what a base lists, and who came first."""

from dataclasses import dataclass

from ownconda.access.access import Access
from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.first_come import is_project, principal_of
from ownconda.access.ownership import claim_to, is_theirs
from ownconda.access.rules import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A package name in a channel: who brought it to the forge ``first``, and which ``base`` of the channel lists it.

    ``first`` is None, and ``base`` empty, where nobody did.
    """

    name: str
    channel: str
    first: str | None = None
    base: str = ""


def against(access: Access, caller: Caller, named: Named) -> str:
    """Tell what speaks against a caller's bringing a name; nothing when they may, as far as names go."""
    if is_above(access, caller):
        return ""
    name, claim = named.name, claim_to(named.name, access.claims)
    if claim is not None:
        owners = ", ".join(claim.owners)
        told = f"the name {name!r} belongs to {owners}, and {caller.name} is none of them"
        return "" if is_theirs(caller, claim) else told
    came_first = access.first_come and named.first == principal_of(caller)
    if named.base and not came_first:
        return hiding(named)
    if access.first_come and is_project(caller) and named.first is not None and not came_first:
        return f"packages called {name!r} were brought by others first, and {caller.name} is none of them"
    return ""


def hiding(named: Named) -> str:
    """Say that a name would hide what a base lists."""
    what = f"{named.name!r} in {named.channel} would hide the package of that name in {named.base}"
    return f"{what}, on which {named.channel} stands"


def is_above(access: Access, caller: Caller) -> bool:
    """Tell whether a caller is an administrator, who may bring every name."""
    return access.decide(caller, Question(action=Action.ADMINISTER, channel="*")).allowed
