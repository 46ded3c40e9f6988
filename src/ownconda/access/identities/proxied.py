"""Users that a proxy authenticated, by Kerberos for example."""

from dataclasses import dataclass

from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.wires.characters import is_hidden

LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class ProxiedUserIdentity:
    """Recognises whom a proxy that is believed names."""

    def recognise(self, presented: Presented) -> Caller | None:
        """Give the user; None where no proxy names one."""
        user = presented.user
        if not user:
            return None
        if len(user) > LONGEST_NAME or any(map(is_hidden, user)):
            raise NotRecognisedError(f"{user[:80]!r} can't be a user's name", hint="look at what the proxy sends")
        return Caller(name=user, principals=frozenset({f"user:{user}"}), address=presented.address)
