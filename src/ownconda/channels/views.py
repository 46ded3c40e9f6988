"""Channels as they were: index files of old snapshots, made when somebody looks; their packages lie where they did.

A view is a sibling of its channel, so that relations (CEP 42) hold, and points to the channel's files (CEP 15).
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from ownconda.channels.channels import Channels
from ownconda.channels.charters import AT
from ownconda.channels.public import PublicIndex
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import Snapshot
from ownconda.wires.files import disk_error, exclusive_lock

MOST_VIEWS = 30
"""How many are kept: who asks for an old one again waits until it is made again."""


def viewed(channels: Channels, name: str) -> Snapshot:
    """Tell which snapshot an address means: ``<channel>.at.<number, tag or date>``.

    Raises MissingError when there is no such channel or snapshot, WrongInputError for what can be none.
    """
    channel, at, moment = name.rpartition(AT)
    return channels.snapshot_of(channel, moment) if at else channels.state(name).snapshot


def view_folder(channels: Channels, snapshot: Snapshot, channel_url: str) -> Path:
    """Give the folder with the index files of a snapshot, made if need be, for clients that see the channel at a URL.

    Without a URL the index says nothing of where the files are: beside it, to whom a view's address serves them.
    conda 26 takes ``base_url`` as it stands: only an absolute one leads it to the files. Raises BrokenChannelError, or
    OutsideError when the disk refuses.
    """
    place = hashlib.sha256(channel_url.encode()).hexdigest()[:16]
    folder = channels.folder.views / f"{snapshot.channel}-{snapshot.id}-{place}"
    with exclusive_lock(channels.folder.views_lock):  # one at a time: who asks for the same waits for it
        if not folder.is_dir():
            try:
                _make(channels, snapshot, channel_url, folder)
                _forget_oldest(channels.folder.views)
            except OSError as error:
                raise disk_error(error, folder) from error
    return folder


def _make(channels: Channels, snapshot: Snapshot, channel_url: str, folder: Path) -> None:
    state = channels.state_of(snapshot)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as beside:
        made = Path(beside) / "view"
        terms = shown_terms(state.terms, base_url=channel_url)
        PublicIndex(made).write_anew(state.contents, snapshot, terms=terms)
        made.rename(folder)


def _forget_oldest(views: Path) -> None:
    made = sorted((one for one in views.iterdir() if not one.name.startswith(".")), key=lambda one: one.stat().st_mtime)
    for one in made[:-MOST_VIEWS]:
        shutil.rmtree(one, ignore_errors=True)
