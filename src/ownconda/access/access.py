"""Who may what in a forge: callers recognised, and their questions decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ownconda.access.callers import Caller, Scope
from ownconda.access.giving import excess
from ownconda.access.identities import Identity, NotRecognisedError, Presented
from ownconda.access.ownership import Claim, foreign_names
from ownconda.access.rules import OPEN, Decision, Question, Rule, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The table of rules, whose names are whose, and the ways in which callers show who they are."""

    identities: Sequence[Identity]
    rules: Sequence[Rule] = (OPEN,)
    claims: Sequence[Claim] = ()

    def recognise(self, presented: Presented) -> Caller:
        """Give who calls: somebody unknown where nothing was presented. Raises NotRecognisedError."""
        for identity in self.identities:
            caller = identity.recognise(presented)
            if caller is not None:
                return caller
        if presented.token:
            raise NotRecognisedError("this forge doesn't know the token")
        return Caller(address=presented.address)

    def decide(self, caller: Caller, question: Question) -> Decision:
        """Decide whether a caller may do something, and tell why."""
        return decide(self.rules, caller, question)

    def excess(self, caller: Caller, scope: Scope) -> str:
        """Tell what of a scope is more than a caller may, and so may not give; nothing when they may."""
        return excess(self.rules, caller, scope)

    def foreign_names(self, caller: Caller, names: Collection[str]) -> Mapping[str, Claim]:
        """Give those of these package names that belong to others."""
        return foreign_names(caller, names, self.claims)
