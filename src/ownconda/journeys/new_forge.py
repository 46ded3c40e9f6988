"""A new forge: its folder, its channels and its first token."""

from collections.abc import Sequence
from pathlib import Path

from ownconda.channels.charters import DEFAULT_CHARTERS, Charter
from ownconda.channels.folder import forge_folder
from ownconda.channels.opening import create_forge
from ownconda.journeys.forge_tokens import add_token


def make_forge(
    folder: Path,
    *,
    token_name: str,
    channels: Sequence[Charter] = DEFAULT_CHARTERS,
    database: str = "",
    bucket: str = "",
) -> str:
    """Make a forge with channels and give the text of its first token.

    The text is kept nowhere. Raises WrongInputError when the folder holds a forge, or anything else.
    """
    create_forge(forge_folder(folder.absolute(), database, bucket), channels)
    text, _ = add_token(folder, token_name=token_name, database=database)
    return text


def is_forge(folder: Path) -> bool:
    """Tell whether a folder holds a forge."""
    return forge_folder(folder.absolute()).is_there
