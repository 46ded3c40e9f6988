"""Tokens of a forge whose folder is at hand, for when no token is left to ask it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownconda.access.callers import Scope
from ownconda.access.lifetimes import end_of
from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import EVERYTHING, Token, make_token
from ownconda.channels.folder import forge_folder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.opening import checked_place, milliseconds


@contextmanager
def opened_tokens(folder: Path, database: str = "") -> Iterator[TokenTable]:
    """Open the tokens of the forge in a folder, running or not; ``database`` is where its ledger is, if elsewhere.

    Raises WrongInputError when there is none.
    """
    ledger = open_ledger(checked_place(forge_folder(folder.absolute(), database)).ledger_place)
    try:
        yield TokenTable(ledger.engine)
    finally:
        ledger.close()


def add_token(
    folder: Path, *, token_name: str, scope: Scope = EVERYTHING, hours: int = 0, database: str = ""
) -> tuple[str, Token]:
    """Add a token that is good for some hours (0: for ever); give its text, which is kept nowhere.

    Raises WrongInputError when there is no forge in the folder.
    """
    now = milliseconds()
    text, token = make_token(token_name, at=now, expires=end_of(hours, now), scope=scope)
    with opened_tokens(folder, database) as table:
        table.add(token)
    return text, token
