"""What an image has, told from inside it: its C library, libstdc++, search path and programs."""

import json
import os
import shutil
import sys
from collections.abc import Sequence

from ownconda.building.cores import PROGRAMS
from ownconda.building.package_checks.machine import libraries_of_system

NEEDED = ("bash",)
"""What building needs in an image: build scripts are run by it."""


def main(_: Sequence[str]) -> None:
    """Print it as JSON."""
    found = {name: shutil.which(name) for name in (*NEEDED, *PROGRAMS)}
    told = {
        "newest": libraries_of_system(),
        "path": os.environ.get("PATH", os.defpath),
        "programs": {name: program for name, program in found.items() if program},
    }
    sys.stdout.write(json.dumps(told) + "\n")
