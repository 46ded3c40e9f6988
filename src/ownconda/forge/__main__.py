"""``python -m ownconda.forge``: the server's own process, which `ownconda forge serve` turns into."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ownconda.errors import OutsideError, OwncondaError, WrongInputError
from ownconda.forge.services import LARGEST_UPLOAD
from ownconda.forge.serving import serve

FAMILIES = ((WrongInputError, 2), (OutsideError, 3))
BROKEN = 4


def main(arguments: Sequence[str]) -> int:
    """Serve, and give the exit code (see the table in the reference)."""
    parser = argparse.ArgumentParser("ownconda.forge", description="Serve a forge.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--largest-upload", type=int, default=LARGEST_UPLOAD, help="bytes a request")
    parser.add_argument("--while-stdin", action="store_true", help="stop when stdin ends: for a program that starts it")
    chosen = parser.parse_args(arguments)
    try:
        return serve(
            chosen.folder,
            host=chosen.host,
            port=chosen.port,
            largest_upload=chosen.largest_upload,
            tell=_tell,
            until=sys.stdin.buffer if chosen.while_stdin else None,
        )
    except OwncondaError as error:
        _show(error)
        return next((code for family, code in FAMILIES if isinstance(error, family)), BROKEN)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(error: OwncondaError) -> None:
    for problem in error.problems:
        sys.stderr.write(f"error: {problem}\n")
        if problem.hint:
            sys.stderr.write(f"hint: {problem.hint}\n")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # native threads may still run, and crash while the interpreter is taken down
