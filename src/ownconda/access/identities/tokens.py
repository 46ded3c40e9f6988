"""Tokens that this forge made."""

from collections.abc import Callable
from dataclasses import dataclass

from ownconda.access.audit_table import AuditTable
from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError, Presented
from ownconda.access.token_table import TokenTable


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Recognises whoever has a token of a table; ``clock`` gives the time in milliseconds since 1970."""

    table: TokenTable
    clock: Callable[[], int]
    audit: AuditTable | None = None

    def recognise(self, presented: Presented) -> Caller | None:
        """Give who has the token; None when it is none of ours."""
        token = self.table.find(presented.token) if presented.token else None
        if token is None:
            return None
        if not token.is_valid(self.clock()):
            raise NotRecognisedError(f"the token {token.name!r} has expired", hint="make or ask for another one")
        if self.audit is not None:
            self.audit.used(token.name, token.id, address=presented.address)
        return token.caller(presented.address)
