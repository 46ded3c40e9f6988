"""A channel that is a plain folder, pruned: what goes is decided as in a forge; the index and the files follow."""

import time
from collections.abc import Mapping
from pathlib import Path

from ownconda.channels.gate.standing import Standing
from ownconda.channels.prune_rules import PruneRules
from ownconda.channels.pruning import Pruned, pruned
from ownconda.conda.installability import open_rattler
from ownconda.errors import NoError, Where
from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.repodata.entries import Entry
from ownconda.wires.files import disk_error


def plan(folder: Path, rules: PruneRules) -> tuple[Mapping[str, Entry], Pruned]:
    """Read a folder's packages, and decide which of them go.

    Raises WrongInputError for rules that say nothing, NoError when there is no package.
    """
    contents = {entry.path: entry for entry in read_channel(folder)}
    if not contents:
        hint = "packages lie in <folder>/<subdir>, for example linux-64"
        raise NoError("no package was found", where=Where(file=folder), hint=hint)
    now = time.time_ns() // 1_000_000
    return contents, pruned(Standing(own=contents), rules, machines=(), open_solver=open_rattler, now=now)


def prune(folder: Path, contents: Mapping[str, Entry], found: Pruned) -> None:
    """Write the index of what stays, then remove the files that go. Raises OutsideError when the disk refuses."""
    staying = [entry for path, entry in contents.items() if path not in found.going]
    write_channel(folder, staying)
    for path in found.going:
        try:
            (folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, folder / path) from error
