"""Services: all that a running forge stands on, opened together and closed together."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.access.token_table import TokenTable
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import open_channels

LARGEST_UPLOAD = 4 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """An open forge; ``largest_upload`` is in bytes and holds for a whole request."""

    folder: ForgeFolder
    channels: Channels
    tokens: TokenTable
    largest_upload: int = LARGEST_UPLOAD


@contextlib.contextmanager
def open_services(
    root: Path, *, charters: Sequence[Charter] = (), largest_upload: int = LARGEST_UPLOAD
) -> Iterator[Services]:
    """Hold the forge in the folder ``root`` open while the block runs.

    Raises WrongInputError when there is none, OutsideError when another process has it open.
    """
    folder = ForgeFolder(root=root)
    with open_channels(folder, charters) as channels:
        yield Services(
            folder=folder,
            channels=channels,
            tokens=TokenTable(channels.ledger.engine),
            largest_upload=largest_upload,
        )
