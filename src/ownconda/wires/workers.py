"""One function done to many items by several processes, what it gives in the items' order.

The workers are started anew, not forked: a fork copies the locks of the threads that native libraries may have
started, and nobody is left to open them.
"""

import os
import pickle
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from ownconda.errors import OutsideError
from ownconda.wires import processes

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 25
"""How many items a worker is given at a time."""


def cores() -> int:
    """Tell how many processes can work at the same time."""
    return len(os.sched_getaffinity(0))


def each(function: Callable[[T], R], items: Sequence[T], *, workers: int, chunk: int = CHUNK) -> Iterator[R]:
    """Do ``function`` to every item, in ``workers`` processes, and give what comes of it in the items' order.

    The function is one that can be imported, or a `functools.partial` of one; items and results are pickled. What it
    raises is raised here. The workers end when the iterator is closed, and when this process dies. Raises
    OutsideError when one of them is killed.
    """
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    with _started(function, min(workers, len(chunks))) as connections:
        yield from _in_order(chunks, connections)


def _in_order(chunks: Sequence[Sequence[T]], connections: Iterable[Connection]) -> Iterator[Any]:
    waiting = enumerate(chunks)
    busy: dict[Connection, int] = {}
    done: dict[int, list[Any]] = {}

    def give(connection: Connection) -> None:
        number, chunk = next(waiting, (None, ()))
        if number is not None:
            _tell(connection, chunk)
            busy[connection] = number

    for connection in connections:
        give(connection)
    for number in range(len(chunks)):
        while number not in done:
            ready = wait(list(busy))
            for connection in [one for one in busy if one in ready]:
                done[busy.pop(connection)] = _answer(connection)
                give(connection)
        yield from done.pop(number)


def _tell(connection: Connection, message: object) -> None:
    try:
        connection.send(message)
    except ConnectionError as ended:
        raise _killed() from ended


def _answer(connection: Connection) -> list[Any]:
    try:
        results, error = connection.recv()
    except (EOFError, ConnectionError) as ended:
        raise _killed() from ended
    if error is not None:
        raise error
    return list(results)


def _killed() -> OutsideError:
    return OutsideError("a worker process was ended", hint="is there enough memory?")


@contextmanager
def _started(function: Callable[[T], R], count: int) -> Iterator[list[Connection]]:
    with ExitStack() as stack:
        connections = [stack.enter_context(_worker()) for _ in range(count)]
        for connection in connections:
            _tell(connection, (sys.path, pickle.dumps(function)))
        yield connections


@contextmanager
def _worker() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-P", "-m", "ownconda.wires.worker", str(theirs.fileno())]
        process = processes.start(command, pass_fds=[theirs.fileno()])
    try:
        with Connection(ours.detach()) as connection:
            yield connection
    finally:
        processes.stop(process)
