"""Who may what in a forge: callers recognised, and their questions decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ownconda.access.callers import Caller, Scope
from ownconda.access.giving import excess
from ownconda.access.identities import Identity, NotRecognisedError, Presented
from ownconda.access.own_channels import NO_CHANNELS, OwnChannel
from ownconda.access.ownership import Claim
from ownconda.access.rules import OPEN, Decision, Question, Rule, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The table of rules, whose names are whose, and the ways in which callers show who they are.

    With ``first_come``, a name that no claim is about stays with the project that brought it first. ``own`` gives the
    channels that people made, with what their owners say.
    """

    identities: Sequence[Identity]
    rules: Sequence[Rule] = (OPEN,)
    claims: Sequence[Claim] = ()
    first_come: bool = True
    own: Callable[[], Mapping[str, OwnChannel]] = lambda: NO_CHANNELS

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
        own = self.own().get(question.channel)
        if own is None:
            return decide(self.rules, caller, question)
        return decide((*self.rules, *own.rules()), caller, replace(question, private=own.private))

    def decide_missing(self, caller: Caller, question: Question) -> Decision:
        """Decide as if nobody had made the channel that is asked about."""
        return decide(self.rules, caller, question)

    def excess(self, caller: Caller, scope: Scope) -> str:
        """Tell what of a scope is more than a caller may, and so may not give; nothing when they may."""
        return excess(self.rules, caller, scope)
