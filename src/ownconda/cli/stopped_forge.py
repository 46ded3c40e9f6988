"""A forge that is stopped, held open by a command as its settings say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ownconda.errors import Where
from ownconda.settings import load

if TYPE_CHECKING:
    from ownconda.channels.channels import Channels
    from ownconda.channels.charters import Charter
    from ownconda.channels.journal import Line


@contextmanager
def stopped_forge(folder: Path, *, instead: str = "") -> Iterator["Channels"]:
    """Hold the channels of the forge in a folder open while the block runs; ``instead`` tells what else can be done.

    Raises WrongInputError when there is none, OutsideError when it is running.
    """
    from ownconda.channels.folder import ForgeFolder, RunningError  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.channels.opening import open_channels  # noqa: PLC0415  (likewise)

    try:
        with open_channels(ForgeFolder(root=folder.absolute()), charters_of(folder)) as channels:
            yield channels
    except RunningError as error:
        raise RunningError(
            "the forge in this folder is running", where=Where(file=folder), hint="stop it first" + instead
        ) from error


def charters_of(folder: Path) -> list["Charter"]:
    """Tell what the channels of the forge in a folder are for, as far as settings say it."""
    from ownconda.channels.charter_settings import read_charter  # noqa: PLC0415  (likewise)

    settings = load(folder.absolute(), os.environ)
    return [read_charter(name, asdict(one)) for name, one in settings.forge.channels.items()]


def journal_of(folder: Path) -> tuple["Line", ...]:
    """Read the journal that the forge in a folder writes, as far as settings name one and it is there."""
    from ownconda.channels.journal import read_journal  # noqa: PLC0415  (likewise)

    path = load(folder.absolute(), os.environ).forge.journal
    return read_journal(path) if path and path.is_file() else ()
