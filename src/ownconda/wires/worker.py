"""``python -m ownconda.wires.worker``: what `workers` starts; it does one function to the items that it is given."""

import gc
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    """Answer chunks of items until the other end of the connection is closed."""
    gc.set_threshold(50_000, 20, 100)  # see ownconda/__main__.py
    connection = Connection(int(sys.argv[1]))
    try:
        sys.path[:], pickled = connection.recv()
        function = pickle.loads(pickled)  # noqa: S301  (from the process that started this one)
        while True:
            connection.send(_answer(function, connection.recv()))
    except (EOFError, ConnectionError):
        os._exit(0)  # nobody asks any more; native libraries needn't be taken down


def _answer(function: Callable[[Any], Any], items: Iterable[Any]) -> tuple[list[Any], Exception | None]:
    try:
        return [function(item) for item in items], None
    except Exception as error:  # noqa: BLE001  (it is raised where the results are waited for)
        error.add_note("".join(traceback.format_exception(error)))
        return [], error


if __name__ == "__main__":
    main()
