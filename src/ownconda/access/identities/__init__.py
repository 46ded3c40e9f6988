"""Identities: ways in which callers show who they are. Each is a file that turns what was presented into a Caller."""

from dataclasses import dataclass
from typing import Protocol

from ownconda.access.callers import Caller
from ownconda.errors import WrongInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What came with a request, whoever sent it: a token's text, and the address that it came from.

    ``user`` is whom a proxy authenticated, ``certificate`` the client's, as a proxy passes it on; both are empty where
    what connected to us isn't one of the forge's proxies.
    """

    token: str = ""
    address: str = ""
    user: str = ""
    certificate: str = ""


class NotRecognisedError(WrongInputError):
    """What was presented is of this kind, and isn't valid."""


class Identity(Protocol):
    """One way to show who one is."""

    def recognise(self, presented: Presented) -> Caller | None:
        """Give who calls; None when nothing was presented that this way is about.

        Raises NotRecognisedError when something was, and isn't valid.
        """
