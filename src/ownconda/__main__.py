"""``python -m ownconda``, and the entry point of the commands ``ownconda`` and ``own``."""

import gc
import os
import sys

from ownconda.cli.main import run


def main() -> None:
    """Run the command line, then end at once with its exit code.

    Native libraries that are loaded by then (py-rattler 0.28 for one) can crash while the interpreter is taken
    down, long after the work is done; the exit code has to tell of the work.
    """
    gc.set_threshold(50_000, 20, 100)  # a command keeps what it makes: looking for garbage costs it a sixth of its time
    os._exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
