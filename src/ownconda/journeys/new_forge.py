"""A new forge: its folder, its channels and its first token."""

from collections.abc import Sequence
from pathlib import Path

from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import make_token
from ownconda.channels.charters import DEFAULT_CHARTERS, Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.opening import create_forge, milliseconds


def make_forge(folder: Path, *, token_name: str, channels: Sequence[Charter] = DEFAULT_CHARTERS) -> str:
    """Make a forge with channels and give the text of its first token.

    The text is kept nowhere. Raises WrongInputError when the folder holds a forge, or anything else.
    """
    create_forge(ForgeFolder(root=folder.absolute()), channels)
    return add_token(folder, token_name=token_name)


def is_forge(folder: Path) -> bool:
    """Tell whether a folder holds a forge."""
    return ForgeFolder(root=folder.absolute()).ledger.exists()


def add_token(folder: Path, *, token_name: str) -> str:
    """Add a token to the forge in ``folder`` and give its text, which is kept nowhere.

    Raises WrongInputError when there is no forge.
    """
    ledger = open_ledger(ForgeFolder(root=folder.absolute()).ledger)
    try:
        text, token = make_token(token_name, at=milliseconds())
        TokenTable(ledger.engine).add(token)
    finally:
        ledger.close()
    return text
