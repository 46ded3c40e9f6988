"""conda-index, where there is one: PEER_CONDA names a Python that has it and conda; neither is a dependency here."""

import os
import subprocess
from pathlib import Path

VARIABLE = "PEER_CONDA"
AS_OURS = ("--zst", "--write-shards", "--run-exports", "--no-current-repodata", "--no-channeldata")


def has_conda_index() -> bool:
    """Tell whether there is one, and say so."""
    there = VARIABLE in os.environ
    if not there:
        print(f"  ({VARIABLE} names no Python with conda and conda-index: they aren't measured)")
    return there


def conda_index(channel: Path) -> None:
    """Index a channel as its users do, to the same files as ours; it makes pages of HTML as well."""
    command = [os.environ[VARIABLE], "-m", "conda_index", *AS_OURS, str(channel)]
    subprocess.run(command, check=True, capture_output=True)
