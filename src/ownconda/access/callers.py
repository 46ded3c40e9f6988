"""Callers: who sends a request, as rules and history know them."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from ownconda.access.actions import Action, read_action
from ownconda.access.networks import read_address
from ownconda.access.patterns import any_matches

ANYBODY = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is allowed: these actions, in channels and with package names that match a pattern."""

    may: frozenset[Action] = frozenset()
    channels: tuple[str, ...] = ("*",)
    names: tuple[str, ...] = ("*",)

    def covers(self, action: Action, channel: str, name: str) -> bool:
        """Tell whether an action lies within it.

        Without a channel or name it concerns none in particular; the channel ``*`` stands for the forge as a whole.
        """
        if Action.ADMINISTER not in self.may and action not in self.may:
            return False
        return _covers(self.channels, channel) and _covers(self.names, name)

    def names_channel(self, channel: str) -> bool:
        """Tell whether a channel is meant in particular, and not as one of all."""
        return any_matches(set(self.channels) - {"*", "**"}, [channel])


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sends a request.

    ``name`` is what history shows; ``principals`` are all the names by which rules may mean them: ``person:ann``,
    ``group:packagers``, ``pipeline:own/zlib`` and ``pipeline:own/zlib@main``, ``token:nightly``,
    ``certificate:build-7``, ``user:ann`` (whom a proxy authenticated). ``address`` is where the request comes from. A
    pipeline says whether its ref is ``protected``, and for which ``environment`` its job is. ``grant`` is what they may
    by a token that stands for itself, ``limit`` what they may at most by one that stands for somebody; ``expires`` is
    when that token does, in milliseconds (0: never).
    """

    name: str = ANYBODY
    principals: frozenset[str] = frozenset()
    address: str = ""
    protected: bool = False
    environment: str = ""
    grant: Scope | None = None
    limit: Scope | None = None
    expires: int = 0

    @property
    def is_known(self) -> bool:
        """Tell whether they showed who they are."""
        return bool(self.principals)

    def is_meant(self, who: tuple[str, ...]) -> bool:
        """Tell whether any of these patterns stands for them."""
        return ANYBODY in who or any_matches(who, self.principals)

    def is_within(self, networks: tuple[str, ...]) -> bool:
        """Tell whether they call from one of these networks (CIDR)."""
        address = read_address(self.address)
        return address is not None and any(address in ipaddress.ip_network(network) for network in networks)


def read_scope(may: Iterable[str], channels: Iterable[str], names: Iterable[str]) -> Scope:
    """Read what is allowed from how it is written down. Raises WrongInputError for an action that there isn't."""
    return Scope(may=frozenset(map(read_action, may)), channels=tuple(channels), names=tuple(names))


def _covers(patterns: tuple[str, ...], text: str) -> bool:
    return not text or any_matches(patterns, [text])
