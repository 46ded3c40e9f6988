"""Grants as people write them."""

from collections.abc import Iterable

from ownconda.access.actions import OF_THE_FORGE, Action, read_action
from ownconda.access.own_channels import Grant
from ownconda.access.rule_settings import check_principals
from ownconda.errors import WrongInputError

_NOT_OF_ONE_CHANNEL = (OF_THE_FORGE | {Action.CREATE}) - {Action.ADMINISTER}


def read_grant(who: str, may: Iterable[str]) -> Grant:
    """Read what somebody is to be allowed in a channel. Raises WrongInputError for what can't be meant."""
    check_principals([who], "WHO")
    actions = frozenset(map(read_action, may))
    if wrong := actions & _NOT_OF_ONE_CHANNEL:
        raise WrongInputError(f"{min(wrong)} is about no single channel", hint="a rule of the settings can allow it")
    return Grant(who=who, may=actions)
