"""Channels that people made while a forge ran: who may what in them, as their owners say."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ownconda.access.actions import Action
from ownconda.access.callers import Scope
from ownconda.access.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a pattern of principals may in a channel; ``administer`` makes an owner, who says what others may."""

    who: str
    may: frozenset[Action]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChannel:
    """A channel that somebody made; in a private one, rules count that name it by more than ``*``."""

    name: str
    private: bool = True
    grants: tuple[Grant, ...] = ()

    def rules(self) -> tuple[Rule, ...]:
        """Give what is granted as rules."""
        return tuple(
            Rule(
                name=f"channel {self.name}",
                who=(grant.who,),
                scope=Scope(may=grant.may, channels=(self.name,)),
            )
            for grant in self.grants
        )


NO_CHANNELS: Mapping[str, OwnChannel] = MappingProxyType({})
