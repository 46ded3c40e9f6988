"""What is there already: in the channel on disk, and in the channels given."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ownconda.building.inputs import inputs_of, recorded_inputs
from ownconda.building.plan import Elsewhere, Present
from ownconda.building.seal import RECORD
from ownconda.conda.gateway import held, members
from ownconda.recipes.builds import Build
from ownconda.repodata.entries import Entry


def here(builds: Sequence[Build], folder: Path, entries: Mapping[str, Entry]) -> dict[str, Present]:
    """Tell what the channel on disk holds, by path, and of the packages of Builds what they were made from."""
    wanted = {build.path for build in builds}
    return {
        path: Present(sha256=entry.record.sha256, inputs=recorded_inputs(folder / path) if path in wanted else None)
        for path, entry in entries.items()
    }


def elsewhere(builds: Sequence[Build], channels: Sequence[str]) -> dict[str, Elsewhere]:
    """Look for the packages of Builds in channels, by path.

    Raises OutsideError when a channel can't be reached.
    """
    wanted = {build.path for build in builds}
    found = {
        path: one
        for subdir in sorted({build.subdir for build in builds})
        for path, one in held(channels, {build.name for build in builds}, subdir=subdir).items()
        if path in wanted
    }
    records = members([one.url for one in found.values()], RECORD)
    return {
        path: Elsewhere(channel=one.channel, inputs=inputs_of(record))
        for (path, one), record in zip(found.items(), records, strict=True)
    }
