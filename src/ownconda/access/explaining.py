"""Answers that explain themselves: whether somebody may do something, by what rule, or what each rule lacks."""

from dataclasses import dataclass

from ownconda.access.access import Access
from ownconda.access.actions import OF_THE_FORGE, Action
from ownconda.access.bringing import Named, against, is_above
from ownconda.access.callers import ANYBODY, Caller
from ownconda.access.ownership import Claim, claim_to, is_theirs
from ownconda.access.rule_settings import check_principals
from ownconda.access.rules import Decision, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is decided, and why; ``claim`` is to whom the name belongs, and decides when it is ``foreign`` to them.

    ``against`` is what speaks against the name where no claim is about it.
    """

    question: Question
    decision: Decision
    claim: Claim | None = None
    foreign: bool = False
    against: str = ""

    @property
    def allowed(self) -> bool:
        """Tell whether it comes to a yes."""
        return self.decision.allowed and not self.foreign and not self.against


def explain(  # noqa: PLR0913  (all that can be asked)
    access: Access,
    caller: Caller,
    action: Action,
    *,
    channel: str = "",
    name: str = "",
    named: Named | None = None,
) -> Explanation:
    """Decide as the forge does, names included, and tell why; ``named`` is what a forge knows of the name."""
    question = Question(action=action, channel="*" if action in OF_THE_FORGE else channel, name=name)
    claim = claim_to(name, access.claims) if name else None
    uploads = claim is not None and action is Action.UPLOAD and not is_theirs(caller, claim)
    return Explanation(
        question=question,
        decision=access.decide(caller, question),
        claim=claim,
        foreign=uploads and not is_above(access, caller),
        against=against(access, caller, named) if named and claim is None and action is Action.UPLOAD else "",
    )


def read_caller(
    who: str,
    *,
    groups: tuple[str, ...] = (),
    address: str = "",
    protected: bool = False,
    environment: str = "",
) -> Caller:
    """Read who is meant: ``anybody``, or a principal such as ``pipeline:own/zlib@main``. Raises WrongInputError."""
    check_principals([who], "WHO")
    kind, _, name = who.partition(":")
    principals = {who, *(f"group:{group}" for group in groups)} - {ANYBODY}
    if kind == "pipeline":
        principals.add(who.partition("@")[0])
    return Caller(
        name=name or who,
        principals=frozenset(principals),
        address=address,
        protected=protected,
        environment=environment,
    )
