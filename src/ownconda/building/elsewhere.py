"""Runs a command in other surroundings: ``python -m ownconda.building.elsewhere SURROUNDINGS COMMAND…``."""

import json
import os
import sys

from ownconda.wires.namespaces import become


def main() -> None:
    """Change what surrounds this process, and let the command take its place."""
    told, *command = sys.argv[1:]
    surroundings = json.loads(told)
    if surroundings["user"] is not None and not become(user=surroundings["user"], host_name=surroundings["host_name"]):
        sys.exit("this system doesn't let us be another user")
    os.umask(surroundings["umask"])
    os.execve(command[0], command, {**os.environ, **surroundings["variables"]})  # noqa: S606  (it takes our place)


if __name__ == "__main__":
    main()
