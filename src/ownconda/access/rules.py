"""Rules: one readable table that says who may do what; what no rule allows is denied."""

from collections.abc import Sequence
from dataclasses import dataclass

from ownconda.access.actions import Action
from ownconda.access.callers import ANYBODY, Caller, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Allows some callers some actions.

    ``who`` are patterns of principals, or ``anybody``; pipelines can be asked to be of a ``protected`` ref, or of one
    of some ``environments``; ``networks`` (CIDR) are where a request has to come from.
    """

    name: str
    who: tuple[str, ...]
    scope: Scope
    protected: bool = False
    environments: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: an action, in a channel if it concerns one, with a package name if it concerns one.

    What is about all channels isn't about one that is ``private``, unless it is an administrator's.
    """

    action: Action
    channel: str = ""
    name: str = ""
    private: bool = False

    def __str__(self) -> str:
        """Give it as a message has it."""
        where = f" in {self.channel}" if self.channel else ""
        return f"{self.action}{f' {self.name!r}' if self.name else ''}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether something is allowed: ``by`` what, or else, for each rule that is about them, what it lacks."""

    allowed: bool
    by: str = ""
    lacks: tuple[tuple[str, str], ...] = ()


OPEN = Rule(name="default", who=(ANYBODY,), scope=Scope(may=frozenset({Action.READ, Action.WATCH})))
"""What holds where no rules are set: everybody may read, and who has a token what it was made for."""


def decide(rules: Sequence[Rule], caller: Caller, question: Question) -> Decision:
    """Decide whether a caller may do something, and tell why."""
    if caller.limit and not caller.limit.covers(question.action, question.channel, question.name):
        return Decision(allowed=False, lacks=((f"the token of {caller.name}", f"isn't for {question}"),))
    if caller.grant and _within(caller.grant, question):
        return Decision(allowed=True, by=f"what the token {caller.name!r} was made for")
    lacks: list[tuple[str, str]] = []
    for rule in rules:
        missing = _lack(rule, caller, question)
        if not missing:
            return Decision(allowed=True, by=f"the rule {rule.name!r}")
        if caller.is_meant(rule.who):
            lacks.append((f"the rule {rule.name!r}", missing))
    if caller.grant:
        lacks.append((f"the token {caller.name!r}", f"isn't for {question}"))
    return Decision(allowed=False, lacks=tuple(lacks))


def _within(scope: Scope, question: Question) -> bool:
    hidden = question.private and Action.ADMINISTER not in scope.may and not scope.names_channel(question.channel)
    return not hidden and scope.covers(question.action, question.channel, question.name)


def _lack(rule: Rule, caller: Caller, question: Question) -> str:
    """Tell what keeps a rule from allowing something; nothing when it does allow it."""
    if not caller.is_meant(rule.who):
        return "is about others"
    if not _within(rule.scope, question):
        return f"isn't about {question}"
    if rule.protected and not caller.protected:
        return "is for protected refs only"
    if rule.environments and caller.environment not in rule.environments:
        return f"is for the environments {', '.join(rule.environments)}"
    if rule.networks and not caller.is_within(rule.networks):
        return f"is for the networks {', '.join(rule.networks)}"
    return ""
