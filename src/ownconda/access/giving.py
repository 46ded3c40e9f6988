"""What callers may give to others: never more than they may themselves."""

import itertools
from collections.abc import Iterator, Sequence

from ownconda.access.callers import Caller, Scope
from ownconda.access.patterns import every
from ownconda.access.rules import Question, Rule, decide
from ownconda.access.tokens import FOREVER


def excess(rules: Sequence[Rule], caller: Caller, scope: Scope) -> str:
    """Tell what of a scope is more than a caller may; nothing when they may give all of it.

    Each of its actions, with each pattern of channels and of names, has to lie within one rule: what several allow
    together only isn't seen as theirs.
    """
    beyond = (asked for asked, meant in _asked(scope) if not decide(rules, caller, meant).allowed)
    return str(next(beyond, ""))


def latest_end(caller: Caller, expires: int) -> int:
    """Give when a token of a caller's making ends: not after the token that they have, if they are nothing but that."""
    if caller.grant is None or caller.expires == FOREVER:
        return expires
    return caller.expires if expires == FOREVER else min(expires, caller.expires)


def _asked(scope: Scope) -> Iterator[tuple[Question, Question]]:
    """Give what a scope allows, as it is told and as rules are to be asked."""
    for action, channel, name in itertools.product(sorted(scope.may), scope.channels, scope.names):
        told = Question(action=action, channel=channel, name=name)
        yield told, Question(action=action, channel=every(channel), name=every(name))
